/// Finds what somebody may have meant.
package enum Spelling {
    /// The known word that differs least from this one; nil when none comes near.
    package static func nearest(to word: String, in known: some Sequence<String>) -> String? {
        let allowed = max(2, word.count / 4)
        let best = known.map { (word: $0, distance: distance(word, $0)) }.min { $0.distance < $1.distance }
        return best.flatMap { $0.distance <= allowed ? $0.word : nil }
    }

    /// How many letters must be put in, taken out or exchanged to make one word of the other.
    static func distance(_ left: String, _ right: String) -> Int {
        let (left, right) = (Array(left.unicodeScalars.prefix(64)), Array(right.unicodeScalars.prefix(64)))
        var row = Array(0...right.count)
        for (i, a) in left.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, b) in right.enumerated() {
                let cost = a == b ? diagonal : diagonal + 1
                diagonal = row[j + 1]
                row[j + 1] = min(cost, row[j] + 1, row[j + 1] + 1)
            }
        }
        return row[right.count]
    }
}
