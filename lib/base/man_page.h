// Writes manual pages in the language of man(7), from the texts of our tables.
//
// Texts may have code in `back quotes` and [links](elsewhere), of which the words stay.
#pragma once

#include <string>
#include <string_view>

namespace ringside::base {

class ManPage {
  public:
    // "ringside", "1", "a cache proxy": the head, and the section NAME. `version` is that of the
    // program.
    ManPage(std::string_view name, std::string_view section, std::string_view version,
            std::string_view summary);

    ManPage& heading(std::string_view title);     // .SH; of sections, in capitals by custom
    ManPage& subheading(std::string_view title);  // .SS
    ManPage& paragraph(std::string_view text);
    // What a word means: the label in bold, and below it the text.
    ManPage& entry(std::string_view label, std::string_view text);
    // As it is, line by line.
    ManPage& example(std::string_view lines);

    const std::string& text() const noexcept { return text_; }

  private:
    // Before what a blank line is in front of, unless a heading has just made one.
    void begin_paragraph();

    std::string text_;
    bool is_below_heading_ = false;
};

}  // namespace ringside::base
