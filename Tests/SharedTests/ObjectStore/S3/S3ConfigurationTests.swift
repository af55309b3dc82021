import Testing

@testable import Shared

struct S3ConfigurationTests {
    @Test(arguments: [
        ("s3://bucket", "bucket", ""),
        ("s3://bucket/", "bucket", ""),
        ("s3://bucket/some/prefix", "bucket", "some/prefix"),
        ("s3://bucket/some/prefix/", "bucket", "some/prefix"),
        ("s3://my.bucket.name/p", "my.bucket.name", "p"),
    ])
    func `bucket and prefix are read from the URL`(
        _ url: String, bucket: String, prefix: String
    ) throws {
        let configuration = try S3Configuration(url, environment: ["AWS_REGION": "eu-west-1"])
        #expect(configuration.bucket == bucket)
        #expect(configuration.prefix == prefix)
        #expect(configuration.bucketKey("k") == (prefix.isEmpty ? "k" : "\(prefix)/k"))
    }

    @Test(arguments: [
        "s3:/bucket", "s3://", "s3:///prefix", "s3://a", "s3://bu cket", "s3://user@bucket",
        "s3://bucket//x", "s3://bucket/a/../b", "s3://bucket/a//", "S3://bucket", "bucket",
    ])
    func `what is not a store is refused by its text`(_ url: String) {
        let error = #expect(throws: ObjectStoreError.self) {
            try S3Configuration(url, environment: [:])
        }
        #expect(error?.code == .invalidRequest)
        #expect(error?.message.hasPrefix("\(url): ") == true)
    }

    @Test(arguments: [
        ("bucket", [:], "https://bucket.s3.eu-west-1.amazonaws.com/a%20b"),
        ("bu.cket", [:], "https://s3.eu-west-1.amazonaws.com/bu.cket/a%20b"),
        (
            "bucket", ["AWS_REGION": "cn-north-1"],
            "https://bucket.s3.cn-north-1.amazonaws.com.cn/a%20b"
        ),
        (
            "bucket", ["AWS_S3_ADDRESSING_STYLE": "path"],
            "https://s3.eu-west-1.amazonaws.com/bucket/a%20b"
        ),
        (
            "bucket", ["AWS_ENDPOINT_URL": "http://localhost:9000/"],
            "http://localhost:9000/bucket/a%20b"
        ),
        (
            "bucket", ["AWS_ENDPOINT_URL": "http://x", "AWS_ENDPOINT_URL_S3": "https://y:443"],
            "https://y/bucket/a%20b"
        ),
        (
            "bucket", ["AWS_ENDPOINT_URL_S3": "https://y", "AWS_S3_ADDRESSING_STYLE": "virtual"],
            "https://bucket.y/a%20b"
        ),
        ("bucket", ["AWS_ENDPOINT_URL_S3": "https://y/base/"], "https://y/base/bucket/a%20b"),
    ])
    func `an object's address follows endpoint, region and style`(
        _ bucket: String, _ environment: [String: String], address: String
    ) throws {
        let settings = ["AWS_REGION": "eu-west-1"].merging(environment) { _, new in new }
        let configuration = try S3Configuration("s3://\(bucket)", environment: settings)
        let region = try #require(configuration.region)
        #expect(
            S3Address(configuration, region: region, bucketKey: "a b").url([:]) == address)
    }

    @Test(arguments: [
        ["AWS_ENDPOINT_URL": "localhost:9000"], ["AWS_ENDPOINT_URL_S3": "ftp://x"],
        ["AWS_ENDPOINT_URL": "http://"], ["AWS_ENDPOINT_URL": "http://user:pass@x"],
        ["AWS_S3_ADDRESSING_STYLE": "dns"],
    ])
    func `a setting that cannot be understood is refused by its name`(
        _ environment: [String: String]
    ) {
        let error = #expect(throws: ObjectStoreError.self) {
            try S3Configuration("s3://bucket", environment: environment)
        }
        #expect(error?.message.hasPrefix(environment.keys.first ?? "?") == true)
    }

    @Test func `the region comes from the environment, then the profile, then the metadata`() throws
    {
        let folder = try ScratchFolder()
        let config = try folder.write(
            "[default]\nregion = eu-north-1\n[profile other]\nregion=us-west-2\n", to: "config")
        func region(_ environment: [String: String]) throws -> String? {
            try S3Configuration("s3://bucket", environment: environment).region
        }
        let file = ["AWS_CONFIG_FILE": config, "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent"]
        let both = file.merging(["AWS_DEFAULT_REGION": "b", "AWS_REGION": "a"]) { $1 }
        #expect(try region(both) == "a")
        #expect(try region(file.merging(["AWS_DEFAULT_REGION": "b"]) { $1 }) == "b")
        #expect(try region(file) == "eu-north-1")
        #expect(try region(file.merging(["AWS_PROFILE": "other"]) { $1 }) == "us-west-2")
        #expect(try region([:]) == nil)
        #expect(try region(["AWS_ENDPOINT_URL": "http://localhost:1"]) == "us-east-1")
    }

    @Test func `without a region AWS is not asked, and the error says what to set`() async throws {
        let store = try S3ObjectStore(
            "s3://bucket",
            environment: [
                "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b",
                "AWS_EC2_METADATA_DISABLED": "true",
            ])
        await expect(.invalidRequest) { try await store.get(.sample) }
        do throws(ObjectStoreError) {
            _ = try await store.get(.sample)
        } catch {
            #expect(error.description.contains("set AWS_REGION"))
        }
    }

    @Test func `the factory opens what it knows and names what it does not`() throws {
        let store = try openObjectStore("s3://bucket/p/", environment: ["AWS_REGION": "r"])
        #expect(store.name == "s3://bucket/p")
        #expect(throws: ObjectStoreError.self) {
            try openObjectStore("gs://bucket", environment: [:])
        }
    }
}
