// A value or the reason why there is none: the part of std::expected that we use.
// Goes away with C++23 (docs/decisions/004-errors-as-values.md).
#pragma once

#include "base/error.h"

#include <utility>
#include <variant>

namespace ringside::base {

template <typename T>
class [[nodiscard]] Expected {
  public:
    Expected(T value) : state_(std::in_place_index<0>, std::move(value)) {}
    Expected(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

    bool has_value() const noexcept { return state_.index() == 0; }
    explicit operator bool() const noexcept { return has_value(); }

    // Requires: has_value().
    T& operator*() noexcept { return *std::get_if<0>(&state_); }
    const T& operator*() const noexcept { return *std::get_if<0>(&state_); }
    T* operator->() noexcept { return std::get_if<0>(&state_); }
    const T* operator->() const noexcept { return std::get_if<0>(&state_); }

    // Requires: !has_value().
    Error& error() noexcept { return *std::get_if<1>(&state_); }
    const Error& error() const noexcept { return *std::get_if<1>(&state_); }

  private:
    std::variant<T, Error> state_;
};

// The result of an action that yields nothing but success.
struct Done {};
using Status = Expected<Done>;

}  // namespace ringside::base
