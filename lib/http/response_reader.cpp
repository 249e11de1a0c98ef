#include "http/response_reader.h"

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <fmt/core.h>

#include <utility>

namespace ringside::http {

namespace beast = boost::beast::http;
using boost::beast::string_view;
using boost::system::error_code;

class ResponseReader::Parser : public beast::basic_parser<false> {
  public:
    explicit Parser(OnBody on_body) : on_body_(std::move(on_body)) {}

    ResponseHead head;

  private:
    void on_request_impl(beast::verb, string_view, string_view, int, error_code&) override {}
    void on_response_impl(int status, string_view, int, error_code&) override {
        head.status = static_cast<unsigned>(status);
    }
    void on_field_impl(beast::field name, string_view, string_view value, error_code&) override {
        if (std::string* const wanted = place_of(name)) {
            *wanted = std::string(value.data(), value.size());
        }
    }
    void on_header_impl(error_code&) override {}
    void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
    std::size_t on_body_impl(string_view body, error_code&) override {
        on_body_({body.data(), body.size()});
        return body.size();
    }
    void on_chunk_header_impl(std::uint64_t, string_view, error_code&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, string_view body, error_code&) override {
        on_body_({body.data(), body.size()});
        return body.size();
    }
    void on_finish_impl(error_code&) override {}

    std::string* place_of(beast::field name) noexcept {
        switch (name) {
            case beast::field::content_type:
                return &head.content_type;
            case beast::field::location:
                return &head.location;
            case beast::field::retry_after:
                return &head.retry_after;
            default:  // some three hundred others
                return nullptr;
        }
    }

    const OnBody on_body_;
};

ResponseReader::ResponseReader(Method method, OnBody on_body)
    : parser_(std::make_unique<Parser>(std::move(on_body))) {
    parser_->eager(true);
    parser_->header_limit(kHeadBytesMax);
    parser_->body_limit(boost::none);  // who reads knows how much he wants
    parser_->skip(method == Method::head);
}

ResponseReader::~ResponseReader() = default;

base::Status ResponseReader::take(std::string_view bytes) {
    pending_ += bytes;
    std::size_t used = 0;
    while (!is_complete() && used < pending_.size()) {
        error_code error;
        const std::size_t size = parser_->put(
            boost::asio::const_buffer(pending_.data() + used, pending_.size() - used), error);
        used += size;
        if (error == beast::error::need_more || (!error && size == 0)) {
            break;
        }
        if (error) {
            return base::Error{base::Errc::malformed,
                               fmt::format("no HTTP response: {}", error.message())};
        }
    }
    pending_.erase(0, used);
    // Beyond a head there is only the line in front of a chunk to wait for.
    if (!is_complete() && pending_.size() > kHeadBytesMax) {
        return base::Error{base::Errc::malformed, "no HTTP response: a line without end"};
    }
    return base::Done{};
}

base::Status ResponseReader::end() {
    error_code error;
    if (!is_complete() && has_head()) {
        parser_->put_eof(error);
    }
    if (error || !is_complete()) {
        return base::Error{base::Errc::io, "the connection was closed before the answer's end"};
    }
    return base::Done{};
}

bool ResponseReader::has_head() const noexcept {
    return parser_->is_header_done();
}

const ResponseHead& ResponseReader::head() const noexcept {
    return parser_->head;
}

bool ResponseReader::keep_alive() const {
    return parser_->keep_alive();
}

bool ResponseReader::is_complete() const noexcept {
    return parser_->is_done();
}

}  // namespace ringside::http
