#include "inject/yaml.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <string_view>
#include <utility>

namespace ringside::inject {
namespace {

Json read(std::string_view text) {
    auto document = json_of_yaml(text, "f.yml");
    EXPECT_TRUE(document) << text << ": " << document.error().message;
    return document ? *document : Json("refused");
}

std::string error_of(std::string_view text) {
    const auto document = json_of_yaml(text, "f.yml");
    return document ? "read" : document.error().message;
}

TEST(Yaml, plain_scalars_are_what_kubectl_takes_them_for) {
    for (const auto& [text, value] : {
             std::pair{"~", Json()},
             {"", Json()},
             {"yes", Json(true)},
             {"Off", Json(false)},
             {"n", Json(false)},
             {"12", Json(12)},
             {"-12", Json(-12)},
             {"+12", Json(12)},
             {"0444", Json(292)},
             {"0o17", Json(15)},
             {"0x1F", Json(31)},
             {"0b101", Json(5)},
             {"1_000", Json(1000)},
             {"18446744073709551615", Json(18446744073709551615u)},
             {"-9223372036854775808", Json(std::int64_t{-9223372036854775807} - 1)},
             {"1.5", Json(1.5)},
             {"08", Json(8.0)},
             {"1e3", Json(1000.0)},
             {".5", Json(0.5)},
             {"1.2.3", Json("1.2.3")},
             {"10.0.0.1:11211:1", Json("10.0.0.1:11211:1")},
             {"100m", Json("100m")},
             {"2001-01-01", Json("2001-01-01")},
             {".inf", Json(".inf")},
             {"\"12\"", Json("12")},
             {"'yes'", Json("yes")},
             {"!!str 12", Json("12")},
         }) {
        EXPECT_EQ(read(text), value) << text;
    }
}

TEST(Yaml, maps_and_lists_keep_their_order_and_keys_are_texts) {
    EXPECT_EQ(read("b: [1, {x: z}]\na:\n2: c\nyes: d\n").dump(),
              R"({"b":[1,{"x":"z"}],"a":null,"2":"c","true":"d"})");
    EXPECT_EQ(read(R"({"json": ["is", "YAML", "\u00e4"]})").dump(),
              "{\"json\":[\"is\",\"YAML\",\"\xc3\xa4\"]}");
}

TEST(Yaml, anchors_and_merges_are_resolved) {
    EXPECT_EQ(read("a: &a {x: 1, v: 2}\nb: {<<: *a, v: 3}\nc: {<<: [{z: 1}, *a], z: 0}\n").dump(),
              R"({"a":{"x":1,"v":2},"b":{"v":3,"x":1},"c":{"z":0,"x":1,"v":2}})");
}

TEST(Yaml, what_is_wrong_says_where) {
    EXPECT_EQ(error_of("a: 1\nb: [\n"), "f.yml:3:1: end of sequence flow not found");
    EXPECT_EQ(error_of("a: 1\na: 2\n"), "f.yml:2:1: \"a\" is given twice");
    EXPECT_EQ(error_of("a: 1\n---\nb: 2\n"), "f.yml:2:1: a second YAML document starts here");
    EXPECT_EQ(error_of("[a]: 1\n"), "f.yml:1:1: a key is a text");
    EXPECT_EQ(error_of("a: {<<: 1}\n"), "f.yml:1:9: \"<<\" names no map");
    EXPECT_EQ(error_of("\xff"), "f.yml: is not UTF-8");
    EXPECT_NE(error_of("a: &a [*a]\n"), "read");
}

TEST(Yaml, what_would_be_endless_is_refused) {
    // Ten lines that stand for 10^9 values.
    std::string laughs = "a0: &a0 x\n";
    for (int i = 1; i < 10; ++i) {
        const std::string alias = "*a" + std::to_string(i - 1);
        std::string line = "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + alias;
        for (int j = 1; j < 10; ++j) {
            line += ", " + alias;
        }
        laughs += line + "]\n";
    }
    std::string deep = "a0: &a0 x\n";
    for (int i = 1; i < 1'000; ++i) {
        deep += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [*a" +
                std::to_string(i - 1) + "]\n";
    }

    EXPECT_NE(error_of(laughs).find("there are more than"), std::string::npos);
    EXPECT_NE(error_of(deep).find("nested too deeply"), std::string::npos);
    EXPECT_NE(error_of(std::string(100'000, '[')).find("f.yml:1:"), std::string::npos);
}

TEST(Yaml, a_document_is_written_for_people) {
    const Json document = read(R"({
      "kind": "Pod", "port": 11211, "address": "127.0.0.1:11211", "grace": "10s", "off": "off",
      "list": ["a", {"b": 1, "c": [true]}, [], {}], "text": "one\ntwo\n", "map": {"x": {"y": null}}
    })");

    EXPECT_EQ(yaml_of_json(document), R"(kind: Pod
port: 11211
address: "127.0.0.1:11211"
grace: 10s
"off": "off"
list:
- a
- b: 1
  c:
  - true
- []
- {}
text: |
  one
  two
map:
  x:
    "y": null
)");
}

// Texts that a reader may take for something else.
// clang-format off
constexpr std::string_view kTexts[] = {
    "", " ", "a", "a: b", "a #b", "#", "-", "- a", "yes", "12", "0x1", "1e5", "12e03", "~",
    "a\nb", "a\nb\n", "a\n\n", "\n", " a\nb", "a\n b\n\nc", "a\tb", "\t", "x:", "'", "\"", "\\",
    "\x01", "\x7f", "\xc2\x85", "\xe2\x80\xa8x\ny", "\xef\xbb\xbf", "\xf0\x9f\x98\x80", "<<",
    "*a", "&a", "!x", "%x", "@x", "a,b", "[a", "{a", "a\r\nb", "null", "5s", "5 s", "a ", "...",
    "---", "--- a", "a\n--- b\n", "a\n...\n", "?", "? a", "|", ">", "=", "2001-01-01", "1:30",
};
// clang-format on

// Any document, of a depth of at most `depth`.
Json random_document(std::mt19937& random, std::size_t depth) {
    const auto below = [&](std::size_t n) {
        return std::uniform_int_distribution<std::size_t>(0, n - 1)(random);
    };
    const auto text = [&] { return std::string(kTexts[below(std::size(kTexts))]); };
    switch (below(depth == 0 ? 5 : 8)) {
        case 0:
            return nullptr;
        case 1:
            return below(2) == 0;
        case 2:
            return static_cast<std::int64_t>(below(1000)) - 500;
        case 3:
            return static_cast<double>(below(1'000'000)) / 64 * 1e-12;
        case 4:
            return text();
        case 5: {
            Json list = Json::array();
            for (std::size_t i = below(4); i > 0; --i) {
                list.push_back(random_document(random, depth - 1));
            }
            return list;
        }
        default: {
            Json map = Json::object();
            for (std::size_t i = below(4); i > 0; --i) {
                map[text()] = random_document(random, depth - 1);
            }
            return map;
        }
    }
}

TEST(Yaml, what_is_written_is_read_again) {
    std::mt19937 random(1);
    for (int i = 0; i < 2'000; ++i) {
        const Json document = random_document(random, 4);

        const std::string text = yaml_of_json(document);

        ASSERT_EQ(read(text).dump(), document.dump()) << text;
    }
}

}  // namespace
}  // namespace ringside::inject
