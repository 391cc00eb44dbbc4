# For scripts that check what others do: source it. `failed` says how often they did not.

passed=0
failed=0
ok() { passed=$((passed + 1)); }
fail() {
    failed=$((failed + 1))
    echo "FAILED $1" >&2
}
# check WHAT WANTED SEEN
check() { if [ "$2" = "$3" ]; then ok; else fail "$1: wanted '$2', saw '$3'"; fi; }
# has WHAT PART WHOLE, hasnt WHAT PART WHOLE
has() { if [[ $3 == *"$2"* ]]; then ok; else fail "$1: no '$2' in '$3'"; fi; }
hasnt() { if [[ $3 != *"$2"* ]]; then ok; else fail "$1: '$2' in '$3'"; fi; }
