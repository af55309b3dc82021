import Shared

/// Asks who is connected with the same credentials, on the thread and the multi handle of the stream,
/// while that has no connection.
extension CurlStreamSource {
    func inquire(at time: ContinuousClock.Instant) {
        guard let inquiry else { return conclude(nil) }
        do throws(StreamError) {
            try inquiry.request.checkConfidentiality()
            let transfer = try CurlTransfer(inquiry.request, userAgent: userAgent, buffer: nil)
            multi?.add(transfer)
            phase = .inquiring(
                ConnectionInquiry(transfer, endpointName: inquiry.endpointName, at: time))
        } catch {
            say(error.message, isWarning: true)
            conclude(nil)
        }
    }

    func drive(_ inquiry: ConnectionInquiry) {
        let result = multi?.perform()
        guard result != nil || inquiry.deadline <= .now else { return }
        multi?.remove()
        conclude(result == 0 ? inquiry.listing : nil)
    }

    private func conclude(_ listing: ConnectionListing?) {
        let holder = listing?.description ?? ""
        let action = decide(.listed(listing))
        // Our own last connection is listed for a moment too, so that only the second list names
        // somebody for sure.
        if case .inquire = action, !holder.isEmpty, holder != namedHolder {
            let isCertain = machine.isHeldForLong
            if isCertain { namedHolder = holder }
            say(
                "stream: connected with the same credentials: \(holder): waiting until it is gone",
                isWarning: true, isAlarm: isCertain)
        }
        perform(action)
    }
}
