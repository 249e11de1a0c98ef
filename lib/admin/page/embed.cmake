# Makes one page of the files in this folder, and C++ of the page:
#   cmake -DOUTPUT=ring_page.cpp -DSCRIPTS="dom.js;..." -P embed.cmake
# The policy names the style and the script by their hashes, so that a browser runs nothing else.
cmake_minimum_required(VERSION 3.25)

set(folder ${CMAKE_CURRENT_LIST_DIR})

# base64_of_sha256(VARIABLE TEXT): as Content-Security-Policy has it (CSP Level 3, 2.3.1).
function(base64_of_sha256 result text)
    set(alphabet "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
    string(SHA256 digits "${text}")
    string(APPEND digits "00")  # 32 bytes and one, which becomes the padding
    set(encoded "")
    foreach(begin RANGE 0 60 6)
        string(SUBSTRING "${digits}" ${begin} 6 three_bytes)
        foreach(shift 18 12 6 0)
            math(EXPR index "(0x${three_bytes} >> ${shift}) & 63")
            string(SUBSTRING "${alphabet}" ${index} 1 letter)
            string(APPEND encoded "${letter}")
        endforeach()
    endforeach()
    string(SUBSTRING "${encoded}" 0 43 encoded)
    set(${result} "${encoded}=" PARENT_SCOPE)
endfunction()

file(READ ${folder}/page.css style)
set(script "'use strict';\n(() => {\n")
foreach(name IN LISTS SCRIPTS)
    file(READ ${folder}/${name} part)
    string(APPEND script "${part}")
endforeach()
string(APPEND script "})();\n")

base64_of_sha256(style_hash "${style}")
base64_of_sha256(script_hash "${script}")
string(CONCAT policy
    "default-src 'none'; "
    "style-src 'sha256-${style_hash}'; "
    "script-src 'sha256-${script_hash}'; "
    "connect-src 'self'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'")

file(READ ${folder}/index.html page)
string(REPLACE "<style></style>" "<style>${style}</style>" page "${page}")
string(REPLACE "<script></script>" "<script>${script}</script>" page "${page}")

# A compiler need not take a string literal of any length; neighbours are joined.
set(literals "")
string(LENGTH "${page}" size)
set(begin 0)
while(begin LESS size)
    string(SUBSTRING "${page}" ${begin} 8000 piece)
    string(APPEND literals "    R\"__page__(${piece})__page__\"\n")
    math(EXPR begin "${begin} + 8000")
endwhile()
file(WRITE ${OUTPUT} "// Made by lib/admin/page/embed.cmake.
#include \"admin/ring_page.h\"

namespace ringside::admin {

const std::string_view kRingPage =
${literals};
const std::string_view kRingPagePolicy =
    \"${policy}\";

}  // namespace ringside::admin
")
