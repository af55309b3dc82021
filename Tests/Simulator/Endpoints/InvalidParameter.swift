/// A parameter that a request may not have.
struct InvalidParameter: Error {
    var field: FormField
    var message: String
}
