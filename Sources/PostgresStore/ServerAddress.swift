import CPostgres

/// What a connection string of libpq's says, as far as it must be known before it is used.
package enum ServerAddress {
    /// Whether libpq reads it as it was meant.
    ///
    /// What libpq says of one that it cannot read has parts of it, and a password with a slash or an at sign ends up in any of them; so
    /// nobody is told more than that. A port that is no number is such a part.
    package static func isReadable(_ url: String) -> Bool {
        guard let options = PQconninfoParse(url, nil) else { return false }
        defer { PQconninfoFree(options) }
        var option = options
        while let keyword = option.pointee.keyword {
            if String(cString: keyword) == "port", let value = option.pointee.val {
                let ports = String(cString: value).split(separator: ",", omittingEmptySubsequences: false)
                guard ports.allSatisfy({ $0.isEmpty || UInt16($0) != nil }) else { return false }
            }
            option += 1
        }
        return true
    }
}
