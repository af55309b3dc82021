@main struct MergerCommand { static func main() {} }
