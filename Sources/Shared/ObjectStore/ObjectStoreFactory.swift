/// The store that `url` names: `s3://bucket/prefix` or `file:///path`.
///
/// Nothing is read or sent yet, but for the shared AWS files: what is wrong with the bucket or the
/// credentials shows in the first call.
///
/// - Parameter environment: `AWS_*`, as for every AWS tool; otherwise not looked at.
package func openObjectStore(
    _ url: String, environment: [String: String]
) throws(ObjectStoreError) -> any ObjectStore {
    if url.hasPrefix("s3://") { return try S3ObjectStore(url, environment: environment) }
    if url.hasPrefix("file:///") {
        return DirectoryObjectStore(root: String(url.dropFirst("file://".count)))
    }
    throw ObjectStoreError(
        .invalidRequest, "store \"\(url)\": write it as s3://bucket/prefix or file:///path")
}
