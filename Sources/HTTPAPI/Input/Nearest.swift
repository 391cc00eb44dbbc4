/// The word among `known` that somebody most likely meant, or nil when none is near.
func nearest(to word: String, among known: [String]) -> String? {
    let word = word.lowercased()
    let best = known.map { (distance(word, $0.lowercased()), $0) }.min { $0.0 < $1.0 }
    guard let best, best.0 <= max(2, word.count / 3) else { return nil }
    return best.1
}

/// How many letters must be put in, taken out, changed or swapped with their neighbour to make one word of the other.
private func distance(_ left: String, _ right: String) -> Int {
    let left = Array(left.utf8)
    let right = Array(right.utf8)
    var beforeLast: [Int] = []
    var last = Array(0...right.count)
    for (row, letter) in left.enumerated() {
        var current = [row + 1]
        for (column, other) in right.enumerated() {
            var best = min(last[column + 1] + 1, current[column] + 1, last[column] + (letter == other ? 0 : 1))
            if row > 0, column > 0, letter == right[column - 1], left[row - 1] == other {
                best = min(best, beforeLast[column - 1] + 1)
            }
            current.append(best)
        }
        (beforeLast, last) = (last, current)
    }
    return last[right.count]
}
