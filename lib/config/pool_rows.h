// The keys of a pool that are its own settings, in the order of docs/CONFIG.md: a part of the table
// in config/schema.cpp, which alone includes it.
#pragma once

#include "base/limits.h"
#include "config/address_text.h"
#include "config/schema.h"
#include "config/secret_file.h"
#include "config/value.h"
#include "routing/name_template.h"

#include <array>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string_view>
#include <utility>

namespace ringside::config {

// twemproxy's numbers are of type int (nc_conf.c, conf_set_num): what it takes is taken.
inline constexpr std::uint64_t kTwemproxyMax = INT32_MAX;

inline std::optional<routing::FailureMode> parse_failure_mode(std::string_view text) noexcept {
    using routing::FailureMode;
    if (text == "error") {
        return FailureMode::error;
    }
    return text == "miss" ? std::optional(FailureMode::miss) : std::nullopt;
}

inline std::optional<routing::Histograms> parse_histograms(std::string_view text) noexcept {
    using routing::Histograms;
    if (text == "nodes") {
        return Histograms::nodes;
    }
    if (text == "pool") {
        return Histograms::pool;
    }
    return text == "none" ? std::optional(Histograms::none) : std::nullopt;
}

inline constexpr std::array kOwnPoolRows{
    Row<PoolConfig>{
        {.name = "listen",
         .type = Type::listens,
         .required = true,
         .doc = "Where clients connect; several addresses as a list, such as `[127.0.0.1:11211, "
                "\"[::1]:11211\"]`. A host name is looked up at each load; its first address "
                "counts. Without a mode the umask decides who may open a unix socket."},
        [](PoolConfig& pool, const Key&, std::string_view text) -> base::Status {
            auto listens = parse_listens(text);
            if (!listens) {
                return listens.error();
            }
            pool.listen = std::move(listens->front());
            pool.also_listen.assign(std::make_move_iterator(listens->begin() + 1),
                                    std::make_move_iterator(listens->end()));
            return base::Done{};
        }},
    Row<PoolConfig>{{.name = "hash",
                     .type = Type::choice,
                     .default_text = "fnv1a_64",
                     .choices = "one_at_a_time, md5, crc16, crc32, crc32a, fnv1_64, fnv1a_64, "
                                "fnv1_32, fnv1a_32, hsieh, murmur, jenkins",
                     .doc = "The hash of keys, bit for bit as twemproxy computes it."},
                    [](PoolConfig& pool, const Key& key, std::string_view text) {
                        return take_choice(key, text, routing::parse_hash(text), pool.policy.hash);
                    }},
    Row<PoolConfig>{{.name = "hash_tag",
                     .type = Type::text,
                     .min = 2,
                     .max = 2,
                     .unit = "bytes",
                     .doc = "An opening and a closing character: of a key that has both, only the "
                            "part between them is hashed, so that related keys share a node."},
                    [](PoolConfig& pool, const Key& key, std::string_view text) {
                        return take_hash_tag(key, text, pool.policy.hash_tag);
                    }},
    Row<PoolConfig>{{.name = "distribution",
                     .type = Type::choice,
                     .default_text = "ketama",
                     .choices = "ketama, modula, random",
                     .doc = "How hashes are spread over the nodes; only ketama moves few keys when "
                            "a node comes or goes. Requests that a node has been sent stay there."},
                    [](PoolConfig& pool, const Key& key, std::string_view text) {
                        return take_choice(key, text, routing::parse_distribution(text),
                                           pool.policy.distribution);
                    }},
    Row<PoolConfig>{{.name = "timeout",
                     .type = Type::duration,
                     .default_text = "0",
                     .max = kTwemproxyMax,
                     .doc = "How long a request may take before the client gets an error; 0: no "
                            "limit. A large value may take longer as long as 64 KiB of it come in "
                            "each timeout. A shorter one also holds, from its change on, for the "
                            "requests that are under way; a longer one for those that follow."},
                    [](PoolConfig& pool, const Key& key, std::string_view text) {
                        return take_duration(key, text, pool.policy.timeout);
                    }},
    Row<PoolConfig>{{.name = "backlog",
                     .type = Type::number,
                     .default_text = "512",
                     .max = kTwemproxyMax,
                     .unit = "connections",
                     .doc = "Client connections that may wait to be accepted."},
                    [](PoolConfig& pool, const Key& key, std::string_view text) {
                        return take_number(key, text, pool.backlog);
                    }},
    Row<PoolConfig>{{.name = "client_connections",
                     .type = Type::number,
                     .default_text = "0",
                     .max = kTwemproxyMax,
                     .unit = "connections",
                     .doc = "Client connections of the pool, over all workers; 0: no limit. "
                            "twemproxy accepts the key and enforces nothing. A lower one closes "
                            "nobody who is there, but those that come until there are fewer."},
                    [](PoolConfig& pool, const Key& key, std::string_view text) {
                        return take_number(key, text, pool.policy.client_connections_max);
                    }},
    Row<PoolConfig>{{.name = "tcpkeepalive",
                     .type = Type::boolean,
                     .default_text = "false",
                     .doc = "SO_KEEPALIVE on client connections, with the system's intervals; a "
                            "change counts for those that are accepted from then on."},
                    [](PoolConfig& pool, const Key& key, std::string_view text) {
                        return take_bool(key, text, pool.tcp_keepalive);
                    }},
    Row<PoolConfig>{{.name = "reuseport",
                     .type = Type::boolean,
                     .default_text = "false",
                     .doc = "Accepted for twemproxy's sake and without effect: the workers of one "
                            "process share the address of a pool in any case."},
                    [](PoolConfig&, const Key& key, std::string_view text) {
                        bool without_effect = false;
                        return take_bool(key, text, without_effect);
                    }},
    Row<PoolConfig>{{.name = "preconnect",
                     .type = Type::boolean,
                     .default_text = "false",
                     .doc = "Connect to every node at start, or when this is switched on, instead "
                            "of at the first request for it, and again when a connection is lost."},
                    [](PoolConfig& pool, const Key& key, std::string_view text) {
                        return take_bool(key, text, pool.policy.preconnect);
                    }},
    Row<PoolConfig>{{.name = "redis",
                     .type = Type::boolean,
                     .default_text = "false",
                     .change = Change::clients,
                     .doc = "The pool speaks Redis; else memcached."},
                    [](PoolConfig& pool, const Key& key, std::string_view text) {
                        bool redis = false;
                        base::Status status = take_bool(key, text, redis);
                        pool.policy.protocol =
                            redis ? routing::ProtocolKind::redis : routing::ProtocolKind::memcached;
                        return status;
                    }},
    Row<PoolConfig>{{.name = "redis_auth",
                     .type = Type::text,
                     .min = 1,
                     .max = kPasswordBytesMax,
                     .unit = "bytes",
                     .secret = true,
                     .doc = "The password that clients have to give and that nodes are given; only "
                            "in a Redis pool."},
                    [](PoolConfig& pool, const Key& key, std::string_view text) {
                        return take_text(key, text, pool.policy.redis_auth);
                    }},
    Row<PoolConfig>{{.name = "redis_auth_file",
                     .type = Type::path,
                     .min = 1,
                     .max = kPathBytesMax,
                     .unit = "bytes",
                     .doc = "A file with that password, instead of `redis_auth`. It is read with "
                            "the configuration, and again when it has changed: links are replaced "
                            "by such with the new one, and finish what is under way. While it "
                            "cannot be read the last one stays."},
                    [](PoolConfig& pool, const Key& key, std::string_view text) {
                        return take_absolute_path(key, text, pool.redis_auth_file);
                    }},
    Row<PoolConfig>{{.name = "redis_db",
                     .type = Type::number,
                     .default_text = "0",
                     .max = kTwemproxyMax,
                     .doc = "The database that is selected on every node; only in a Redis pool."},
                    [](PoolConfig& pool, const Key& key, std::string_view text) {
                        return take_number(key, text, pool.policy.redis_db);
                    }},
    Row<PoolConfig>{{.name = "server_connections",
                     .type = Type::number,
                     .default_text = "1",
                     .min = 1,
                     .max = 65'535,
                     .unit = "connections",
                     .doc = "Connections of each worker to each node. With another number all "
                            "are replaced; the old ones finish what is under way, within 30 s."},
                    [](PoolConfig& pool, const Key& key, std::string_view text) {
                        return take_number(key, text, pool.policy.connections_per_node);
                    }},
    Row<PoolConfig>{
        {.name = "auto_eject_hosts",
         .type = Type::boolean,
         .default_text = "false",
         .doc = "Take a node that fails `server_failure_limit` times in a row off the ring until "
                "it answers again. A failure is one failed attempt: a loss with requests under "
                "way, a refused dial, the expiry of requests (so without a `timeout` a node that "
                "hangs never fails), a Redis node that is loading or cut off from its master. "
                "Attempts of any links and workers that overlap in time count once; an answer "
                "ends the row. While the node can still be ejected, dials are not held back. "
                "Switched on, it counts what has failed before, and ejects at the next failure. "
                "Switched off, it has nodes that are off the ring probed at once, and each comes "
                "back when it answers."},
        [](PoolConfig& pool, const Key& key, std::string_view text) {
            return take_bool(key, text, pool.policy.auto_eject);
        }},
    Row<PoolConfig>{{.name = "server_retry_timeout",
                     .type = Type::duration,
                     .default_text = "30s",
                     .max = kTwemproxyMax,
                     .doc = "How long an ejected node is left alone before it is probed; with "
                            "another value those that are ejected are probed at once, and further "
                            "delays grow from it."},
                    [](PoolConfig& pool, const Key& key, std::string_view text) {
                        return take_duration(key, text, pool.policy.retry_timeout);
                    }},
    Row<PoolConfig>{
        {.name = "drain_timeout",
         .type = Type::duration,
         .default_text = "30s",
         .max = 3'600'000,
         .doc = "How long requests under way at a node that leaves the pool may take, and "
                "those on a link that is replaced. What is left then gets an error. A "
                "link without such requests closes at once."},
        [](PoolConfig& pool, const Key& key, std::string_view text) {
            return take_duration(key, text, pool.policy.drain_timeout);
        }},
    Row<PoolConfig>{
        {.name = "server_failure_limit",
         .type = Type::number,
         .default_text = "2",
         .max = kTwemproxyMax,
         .unit = "failures",
         .doc = "Failures in a row after which a node is ejected; 0 counts as 1. A lower "
                "one ejects at the next failure."},
        [](PoolConfig& pool, const Key& key, std::string_view text) {
            return take_number(key, text, pool.policy.failure_limit);
        }},
    Row<PoolConfig>{{.name = "max_ejected",
                     .type = Type::share,
                     .max = base::kPoolNodesMax,
                     .unit = "nodes",
                     .doc = "How many nodes of the pool, or which share of them, may be off the "
                            "ring when health ejects another one. Without the key all but the "
                            "last node, with `strict_twemproxy` all. A node that is kept "
                            "although it is known to be dead fails its requests at once and is "
                            "probed without pause. A lower one brings ejected nodes back as such; "
                            "a higher one lets them go. An operator may eject any."},
                    [](PoolConfig& pool, const Key& key, std::string_view text) {
                        return take_share(key, text, pool.policy.max_ejected);
                    }},
    Row<PoolConfig>{{.name = "failure_mode",
                     .type = Type::choice,
                     .default_text = "error",
                     .choices = "error, miss",
                     .doc = "What a client gets for a multi-key get when a node of it fails: an "
                            "error (memcached: behind the values that were found), or a miss for "
                            "each key of that node."},
                    [](PoolConfig& pool, const Key& key, std::string_view text) {
                        return take_choice(key, text, parse_failure_mode(text),
                                           pool.policy.failure_mode);
                    }},
    Row<PoolConfig>{
        {.name = "strict_twemproxy",
         .type = Type::boolean,
         .default_text = "false",
         .doc = "Close the connection, as twemproxy does, where a request is malformed "
                "or unknown to it, instead of answering with an error. As there, values "
                "of any size are passed on: `value_bytes_max` does not apply."},
        [](PoolConfig& pool, const Key& key, std::string_view text) {
            return take_bool(key, text, pool.policy.strict_twemproxy);
        }},
    Row<PoolConfig>{{.name = "flush_all",
                     .type = Type::boolean,
                     .default_text = "false",
                     .doc = "Let clients empty the whole pool: flush_all goes to every node. With "
                            "`redis: true`, let them empty the nodes' scripts: SCRIPT FLUSH."},
                    [](PoolConfig& pool, const Key& key, std::string_view text) {
                        return take_bool(key, text, pool.policy.flush_all);
                    }},
    Row<PoolConfig>{
        {.name = "scripts_without_keys",
         .type = Type::boolean,
         .default_text = "false",
         .doc = "With `redis: true`: run scripts and functions without keys at one node, which is "
                "that of other commands without keys, the owner of the literal key `placeholder`; "
                "keys that such a script uses all the same are looked for there. Otherwise they "
                "are refused, unless the ring has one node."},
        [](PoolConfig& pool, const Key& key, std::string_view text) {
            return take_bool(key, text, pool.policy.scripts_without_keys);
        }},
    Row<PoolConfig>{
        {.name = "histograms",
         .type = Type::choice,
         .default_text = "nodes",
         .choices = "nodes, pool, none",
         .doc = "Whose latencies are counted: of the pool and each of its nodes, of the "
                "pool alone, or nobody's. A histogram is 22 series of `/metrics`, "
                "which many nodes seen by many proxies may make too much."},
        [](PoolConfig& pool, const Key& key, std::string_view text) {
            return take_choice(key, text, parse_histograms(text), pool.policy.histograms);
        }},
    Row<PoolConfig>{{.name = "hot_keys",
                     .type = Type::boolean,
                     .default_text = "false",
                     .doc = "Count which keys are asked for most often: of one key in 16, drawn at "
                            "random, for a minute. `ringctl keys` and `/pools/{pool}/keys/top` "
                            "show them. Takes 280 KB for each worker."},
                    [](PoolConfig& pool, const Key& key, std::string_view text) {
                        return take_bool(key, text, pool.policy.hot_keys);
                    }},
    Row<PoolConfig>{{.name = "value_bytes_max",
                     .type = Type::number,
                     .default_text = "1048576",
                     .min = 1,
                     .max = base::kValueBytesMaxCeiling,
                     .unit = "bytes",
                     .doc = "Larger values are refused with an error, and the connection stays. A "
                            "lower one also holds for a value that is half received."},
                    [](PoolConfig& pool, const Key& key, std::string_view text) {
                        return take_number(key, text, pool.policy.value_bytes_max);
                    }},
    Row<PoolConfig>{{.name = "request_bytes_max",
                     .type = Type::number,
                     .default_text = "268435456",
                     .min = 1,
                     .max = base::kRequestBytesMaxCeiling,
                     .unit = "bytes",
                     .doc = "Larger Redis requests, such as an MSET of many values, are refused "
                            "with an error, and the connection stays. The proxy holds a request as "
                            "a whole. Without effect below `value_bytes_max`."},
                    [](PoolConfig& pool, const Key& key, std::string_view text) {
                        return take_number(key, text, pool.policy.request_bytes_max);
                    }},
    Row<PoolConfig>{{.name = "servers",
                     .type = Type::servers,
                     .min = 1,
                     .max = base::kPoolNodesMax,
                     .unit = "nodes",
                     .doc = "The nodes, each `HOST:PORT:WEIGHT [NAME]` or `/PATH:WEIGHT [NAME]`. "
                            "The name, else the address, decides the place on the ring and is "
                            "unique in the pool."},
                    nullptr},
    Row<PoolConfig>{
        {.name = "discovery",
         .type = Type::map,
         .doc = "Where the nodes are found, instead of `servers`. Or a list of such maps, "
                "in order of preference: `[{kubernetes: {...}}, {dns: {...}}]`; one of "
                "them decides at a time ([DISCOVERY.md](DISCOVERY.md))."},
        nullptr},
    Row<PoolConfig>{
        {.name = "identity",
         .type = Type::choice,
         .default_text = "source",
         .choices = "source, host, address, ordinal, template",
         .doc = "Which text of a node decides its place on the ring. source (or name): "
                "the one that its source names it by, in a list NAME or else the "
                "address, of ElastiCache the host name, of Kubernetes that of the pod. "
                "host, address: its host name or IP, with the port unless that is "
                "11211; who has not got the one has the other. ordinal: the number at "
                "the end of its host name's first label, `3` of `cache-3.cache.app.svc`. "
                "template: `identity_template`. With `address` no key moves when a "
                "list of addresses is replaced by the discovery of the same nodes. A "
                "change moves keys."},
        [](PoolConfig& pool, const Key& key, std::string_view text) {
            return take_choice(key, text, routing::parse_identity(text), pool.identity);
        }},
    Row<PoolConfig>{{.name = "identity_template",
                     .type = Type::text,
                     .min = 1,
                     .max = routing::kNameTemplateBytesMax,
                     .unit = "bytes",
                     .doc = "With `identity: template`: the name of a node on the ring, with "
                            "{host}, {short_host} (its first label), {address}, {port}, {ordinal}, "
                            "{zone} and {name} (as its source names it) in it. A list with a node "
                            "of which one of them is not known is refused as a whole."},
                    [](PoolConfig& pool, const Key& key, std::string_view text) {
                        return take_text(key, text, pool.identity_template);
                    }},
};

}  // namespace ringside::config
