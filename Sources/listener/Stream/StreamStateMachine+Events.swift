/// What ``StreamStateMachine`` is told, and what it answers.
extension StreamStateMachine {
    enum Event: Equatable {
        case started
        /// Status 200.
        case opened
        /// Bytes that are more than a keep-alive.
        case delivered
        /// The server says that it is about to end the connection.
        case announced(StreamDisconnect)
        /// No connection came about, or the one there was is over: closed, failed or stalled.
        /// - Parameters:
        ///   - lastByteAt: of the connection, or when it was opened.
        ///   - isOrderly: the server ended it as HTTP has it, and what came was readable.
        case lost(lastByteAt: ContinuousClock.Instant, isOrderly: Bool = true)
        /// A status other than 200.
        case refused(StreamRefusal)
        /// Something else is asked for from now on, and what was going on is over.
        case replaced(lastByteAt: ContinuousClock.Instant)
        /// Who is connected, asked after ``Action/inquire(after:)``; nil where that was not answered.
        case listed(ConnectionListing?)
    }

    enum Action: Equatable {
        /// Begin an attempt, for which ``StreamStateMachine/attempt(at:)`` says what to ask.
        case connect(after: Duration, change: Change? = nil)
        case read
        /// Take what is in hand and what comes, and close at last if the server does not.
        case close(within: Duration)
        /// Ask the server who is connected, and report what it says.
        case inquire(after: Duration)
        /// The refusal is final.
        case halt
        /// A report on a connection that was given up in the meantime.
        case ignore
    }

    /// What makes the next attempt differ from the one that was refused.
    enum Change: Equatable {
        case clockCorrected
        case backfillDropped
    }
}

extension StreamStateMachine.Change: CustomStringConvertible {
    var description: String {
        switch self {
        case .clockCorrected:
            "our clock differs from the server's: trying again with the server's time"
        case .backfillDropped: "trying again without back-fill"
        }
    }
}

extension StreamStateMachine.Action {
    /// Whether the next attempt asks for something else than the last.
    var changesRequest: Bool {
        guard case .connect(_, .some) = self else { return false }
        return true
    }

    /// What comes next, for the end of a message; nil where nothing does.
    var plan: String? {
        switch self {
        case .connect(_, .some(let change)): change.description
        case .connect(let delay, nil): "next attempt in \(delay.readable)"
        case .inquire: "asking the server who is connected"
        case .read, .close, .halt, .ignore: nil
        }
    }
}
