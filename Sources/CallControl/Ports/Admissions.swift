package import CallCore

/// What a dispatcher asks of an admission.
package struct AdmissionTerms: Sendable, Equatable {
    package var limits: DialLimits
    /// Whose turn it is.
    package var rotation: Rotation
    /// Calls that are begun in one transaction.
    package var atMost: Int

    package init(limits: DialLimits, rotation: Rotation = Rotation(), atMost: Int = 100) {
        self.limits = limits
        self.rotation = rotation
        self.atMost = atMost
    }
}

/// What an admission came to.
package struct Admissions: Sendable, Equatable {
    package let admitted: [Admitted]
    /// As it goes on from here.
    package let rotation: Rotation
    /// When to ask again; nil: when a call has ended, or a new one has come.
    package let again: Moment?
    /// Before this nothing may be begun, whatever comes.
    package let notBefore: Moment
    /// Batches of which calls were kept back, because nothing is left of their budget.
    package let keptBack: Set<BatchID>
    /// Another node is at it: nothing was looked at.
    package let isElsewhere: Bool

    package init(
        admitted: [Admitted], rotation: Rotation, again: Moment?, notBefore: Moment, keptBack: Set<BatchID> = [],
        isElsewhere: Bool = false
    ) {
        self.admitted = admitted
        self.rotation = rotation
        self.again = again
        self.notBefore = notBefore
        self.keptBack = keptBack
        self.isElsewhere = isElsewhere
    }

    package static func elsewhere(_ terms: AdmissionTerms, at now: Moment) -> Admissions {
        Admissions(admitted: [], rotation: terms.rotation, again: nil, notBefore: now, isElsewhere: true)
    }
}
