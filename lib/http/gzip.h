// A body in fewer bytes: the content coding gzip (RFC 1952).
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace ringside::http {

// Below it a body is sent as it is: it fits into a few packets anyway.
inline constexpr std::size_t kGzipBytesMin = std::size_t{16} << 10;

// Compresses piece by piece, so that who does other things on the same thread gets to them in
// between: a piece of 64 KiB takes a millisecond. The fastest level, as it is the reader who waits.
class Gzip {
  public:
    // Of the pieces that whoever uses it cuts a body into.
    static constexpr std::size_t kPieceBytes = std::size_t{64} << 10;

    Gzip();
    ~Gzip();
    Gzip(const Gzip&) = delete;
    Gzip& operator=(const Gzip&) = delete;

    // The next piece of the body.
    void add(std::string_view piece);
    // What those added since the last call have become, whole: who reads it can tell them.
    std::string take();
    // What all of them have become, but for what was taken. Nothing is added afterwards.
    std::string finish();

  private:
    struct Stream;
    void run(std::string_view piece, int flush);

    std::unique_ptr<Stream> stream_;
    std::string text_;
};

}  // namespace ringside::http
