# What the tests ask of every runtime client, of the event in file $1. Quotes
# within a member's value are escaped in JSON, so that the names found here
# with bare quotes are members.
member() { grep -o "\"$1\":\"[^\"\\\\]*\(\\\\.[^\"\\\\]*\)*\"" "$2" | head -n 1 | cut -d: -f2-; }

handler() {
  case $(member rawPath "$1") in
  '"/hello"') printf '{"statusCode":200,"headers":{"content-type":"text/plain"},"body":"hello"}' ;;
  '"/echo"')
    encoded=false
    if grep -q '"isBase64Encoded":true' "$1"; then encoded=true; fi
    printf '{"statusCode":200,"headers":{"content-type":%s},"isBase64Encoded":%s,"body":' "$(member content-type "$1")" "$encoded"
    member body "$1"
    printf '}'
    ;;
  *) return 1 ;;
  esac
}
