#include "base/man_page.h"

#include <gtest/gtest.h>

namespace ringside::base {
namespace {

TEST(ManPage, begins_with_its_name_and_what_it_is) {
    const ManPage page("some-tool", "8", "1.2.3", "does `this`");

    EXPECT_EQ(page.text(),
              ".TH \"some\\-tool\" 8 \"\" \"ringside 1.2.3\" \"Ringside\"\n"
              ".SH NAME\n"
              "some\\-tool \\- does \\fBthis\\fR\n");
}

TEST(ManPage, has_sections_paragraphs_entries_and_examples) {
    ManPage page("x", "1", "1", "y");
    const std::size_t head = page.text().size();

    page.heading("OPTIONS")
        .subheading("Of all")
        .paragraph("Two\n  lines.")
        .paragraph("Another.")
        .entry("-f, --file FILE", "a \\ `file`, as [the rules](rules.md) say")
        .example("$ x -f a\n.hidden");

    EXPECT_EQ(page.text().substr(head),
              ".SH \"OPTIONS\"\n"
              ".SS \"Of all\"\n"
              "Two lines.\n"
              ".PP\nAnother.\n"
              ".TP\n\\fB\\-f, \\-\\-file FILE\\fR\na \\e \\fBfile\\fR, as the rules say\n"
              ".PP\n.nf\n$ x \\-f a\n\\&.hidden\n.fi\n");
}

TEST(ManPage, text_that_only_looks_like_markup_stays) {
    ManPage page("x", "1", "1", "y");
    const std::size_t head = page.text().size();

    page.paragraph(".SH is [no] request, [a](b is no link, nor ](c, and `this has no end");

    EXPECT_EQ(page.text().substr(head),
              ".PP\n\\&.SH is [no] request, [a](b is no link, nor ](c, and \\fBthis has no "
              "end\\fR\n");
}

}  // namespace
}  // namespace ringside::base
