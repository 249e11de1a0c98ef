# Makes C++ of template.yaml, with the version of the image in it:
#   cmake -DOUTPUT=builtin_template.cpp -DVERSION=0.1.0 -P embed.cmake
cmake_minimum_required(VERSION 3.25)

file(READ ${CMAKE_CURRENT_LIST_DIR}/template.yaml text)
string(REPLACE "@VERSION@" "${VERSION}" text "${text}")
file(WRITE ${OUTPUT} "// Made by lib/inject/embed.cmake.
#include \"inject/template.h\"

namespace ringside::inject {

std::string_view builtin_template() noexcept {
    return R\"__yaml__(${text})__yaml__\";
}

}  // namespace ringside::inject
")
