// The parts of Asio's TLS that are compiled once, as io/asio_impl.cpp has the rest.
#include <boost/asio/ssl/impl/src.hpp>
