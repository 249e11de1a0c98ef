// Rows of the Redis command table: what the proxy answers itself, and what it refuses and why.
#pragma once

#include "base/limits.h"
#include "protocol/redis/local.h"
#include "protocol/redis/rows.h"

#include <array>

namespace ringside::protocol::redis_rows {

inline constexpr auto kConnectionRows = std::to_array<RedisRow>({
    local("AUTH", {2, 3}, {answer_auth, kFast, kUnlocked, twemproxy_up_to(2)},
          "Checked against the pool's redis_auth; the only user is default."),
    container("CLIENT"),
    local("CLIENT GETNAME", {2, 2}, {answer_client_getname, kSlow, kPlain, kNoTwemproxy},
          "What SETNAME has set."),
    help("CLIENT HELP", kSlow),
    local("CLIENT ID", {2, 2}, {answer_client_id, kSlow, kPlain, kNoTwemproxy},
          "A number of the connection's own."),
    local("CLIENT INFO", {2, 2}, {answer_client_info, kSlow, kPlain, kNoTwemproxy},
          "What the proxy knows of the client."),
    local("CLIENT NO-EVICT", {3, 3},
          {answer_client_switch, slow_with("admin", "dangerous"), kPlain, kNoTwemproxy},
          "Accepted, without effect."),
    local("CLIENT NO-TOUCH", {3, 3}, {answer_client_switch, kSlow, kPlain, kNoTwemproxy},
          "Accepted, without effect."),
    local("CLIENT REPLY", {3, 3}, {answer_client_reply, kSlow, kPlain, kNoTwemproxy},
          "Whether requests are answered: ON, OFF, or SKIP for the next one."),
    local("CLIENT SETINFO", {4, 4}, {answer_client_setinfo, kSlow, kPlain, kNoTwemproxy},
          "Accepted, without effect."),
    local("CLIENT SETNAME", {3, 3}, {answer_client_setname, kSlow, kPlain, kNoTwemproxy},
          "Names the connection."),
    local("ECHO", {2, 2}, {answer_echo, kFast, kPlain, kNoTwemproxy}, "The argument."),
    local("HELLO", {1, -1}, {answer_hello, kFast, kChoosesLinks, kNoTwemproxy},
          "Chooses RESP2 or RESP3; may authenticate and name the connection."),
    local("PING", {1, 2}, {answer_ping, kFast, kSubscribes, twemproxy_up_to(1)},
          "Answered whatever the state of the nodes."),
    local("QUIT", {1, -1}, {answer_quit, kFast, kCloses, kTwemproxy},
          "Closes the connection after the answers that are under way."),
    local("RESET", {1, 1}, {answer_reset, kFast, kResets, kNoTwemproxy},
          "Back to RESP2, without name, not authenticated; ends what a refusal has brought."),
    local(
        "SELECT", {2, 2}, {answer_select, kFast, kPlain, kNoTwemproxy},
        "OK for the pool's redis_db. Behind that of another database nothing reaches a node until "
        "an accepted one, or RESET."),
});

inline constexpr auto kServerRows = std::to_array<RedisRow>({
    with_subcommands(local("COMMAND", {1, -1},
                           {answer_command, slow_with("connection"), kPlain, twemproxy_up_to(1)},
                           "The table of commands.")),
    local("COMMAND COUNT", {2, 2},
          {answer_command_count, slow_with("connection"), kPlain, kNoTwemproxy},
          "The number of commands."),
    local("COMMAND DOCS", {2, 2 + base::kCommandNamesMax},
          {answer_command_docs, slow_with("connection"), kPlain, kNoTwemproxy},
          "What commands mean."),
    local("COMMAND GETKEYS", {4, -1},
          {answer_command_getkeys, slow_with("connection"), kPlain, kNoTwemproxy},
          "The keys of a request."),
    local("COMMAND GETKEYSANDFLAGS", {4, -1},
          {answer_command_getkeysandflags, slow_with("connection"), kPlain, kNoTwemproxy},
          "The same, and what the request does with them."),
    help("COMMAND HELP", slow_with("connection")),
    local("COMMAND INFO", {2, 2 + base::kCommandNamesMax},
          {answer_command_info, slow_with("connection"), kPlain, kNoTwemproxy},
          "The rows of some commands."),
    local("COMMAND LIST", {2, 5},
          {answer_command_list, slow_with("connection"), kPlain, kNoTwemproxy},
          "The names of all commands, or by ACL category or pattern."),
    local("INFO", {1, -1}, {answer_info, slow_with("dangerous"), kTellsFacts, kNoTwemproxy},
          "About the proxy and the pool."),
    any_node({"LOLWUT", -1, kRead}, {kNoKeys, kFast, {"$", "$="}, kTwemproxy},
             "Passed on to one node, as twemproxy does."),
    local("TIME", {1, 1}, {answer_time, kFast, kTellsFacts, kNoTwemproxy}, "The proxy's clock."),
});

inline constexpr std::string_view kTransaction =
    "transactions need a connection of their own to one node; "
    "send the commands one by one, or as a script";
inline constexpr std::string_view kBlocking =
    "blocking commands would hold up the other clients of the node; use the form that does not "
    "wait";
inline constexpr std::string_view kSubscription =
    "subscriptions need a connection of their own; connect to a node";
inline constexpr std::string_view kUnsubscription =
    "there are no subscriptions; without arguments it ends what a refused one of its kind has "
    "brought";
inline constexpr std::string_view kWholeKeyspace =
    "it concerns all keys of a node, not those of a request; connect to the nodes";
inline constexpr std::string_view kAdministration =
    "it administers a server; connect to the node itself";
inline constexpr std::string_view kCluster =
    "the pool is not a Redis Cluster; the proxy finds the node of a key";
inline constexpr std::string_view kReplication =
    "it concerns the replication of one server; connect to the node itself";
inline constexpr std::string_view kFunctionStore =
    "functions are held by each node for itself; use scripts, or load them at the nodes";
inline constexpr std::string_view kOtherDatabase =
    "a pool has one database, which redis_db chooses";
inline constexpr std::string_view kSharedLinks =
    "connections to nodes are shared by clients, which do not see each other";

inline constexpr auto kRefusedRows = std::to_array<RedisRow>({
    refused_with("MULTI", {1, 1}, answer_multi, kTransacts, kTransaction),
    refused_with("EXEC", {1, 1}, answer_exec, kTransacts, kTransaction),
    refused_with("DISCARD", {1, 1}, answer_discard, kTransacts, kTransaction),
    refused("WATCH", kNoTwemproxy, kTransaction),
    refused("UNWATCH", kNoTwemproxy, kTransaction),
    refused("BLMOVE", kNoTwemproxy, kBlocking),
    refused("BLMPOP", kNoTwemproxy, kBlocking),
    refused("BLPOP", kNoTwemproxy, kBlocking),
    refused("BRPOP", kNoTwemproxy, kBlocking),
    refused("BRPOPLPUSH", kNoTwemproxy, kBlocking),
    refused("BZMPOP", kNoTwemproxy, kBlocking),
    refused("BZPOPMAX", kNoTwemproxy, kBlocking),
    refused("BZPOPMIN", kNoTwemproxy, kBlocking),
    refused_with("SUBSCRIBE", {2, -1}, answer_subscribe<Refusal::channels>, kSubscribes,
                 kSubscription),
    refused_with("UNSUBSCRIBE", {1, -1}, answer_unsubscribe<Refusal::channels>, kSubscribes,
                 kUnsubscription),
    refused_with("PSUBSCRIBE", {2, -1}, answer_subscribe<Refusal::patterns>, kSubscribes,
                 kSubscription),
    refused_with("PUNSUBSCRIBE", {1, -1}, answer_unsubscribe<Refusal::patterns>, kSubscribes,
                 kUnsubscription),
    refused_with("SSUBSCRIBE", {2, -1}, answer_subscribe<Refusal::shard_channels>, kSubscribes,
                 kSubscription),
    refused_with("SUNSUBSCRIBE", {1, -1}, answer_unsubscribe<Refusal::shard_channels>, kSubscribes,
                 kUnsubscription),
    refused("PUBLISH", kNoTwemproxy, kSubscription),
    refused("SPUBLISH", kNoTwemproxy, kSubscription),
    refused("PUBSUB", kNoTwemproxy, kSubscription),
    refused("KEYS", kNoTwemproxy, kWholeKeyspace),
    refused("SCAN", kNoTwemproxy, kWholeKeyspace),
    refused("RANDOMKEY", kNoTwemproxy, kWholeKeyspace),
    refused("DBSIZE", kNoTwemproxy, kWholeKeyspace),
    refused("FLUSHDB", kNoTwemproxy, kWholeKeyspace),
    refused("FLUSHALL", kNoTwemproxy, kWholeKeyspace),
    refused("MOVE", twemproxy_up_to(0), kOtherDatabase),
    refused("SWAPDB", kNoTwemproxy, kOtherDatabase),
    refused("SCRIPT DEBUG", kNoTwemproxy, kAdministration),
    refused("SCRIPT KILL", kNoTwemproxy, kAdministration),
    refused("FUNCTION", kNoTwemproxy, kFunctionStore),
    refused("CLIENT CACHING", kNoTwemproxy, kSharedLinks),
    refused("CLIENT GETREDIR", kNoTwemproxy, kSharedLinks),
    refused("CLIENT KILL", kNoTwemproxy, kSharedLinks),
    refused("CLIENT LIST", kNoTwemproxy, kSharedLinks),
    refused("CLIENT PAUSE", kNoTwemproxy, kSharedLinks),
    refused("CLIENT TRACKING", kNoTwemproxy, kSharedLinks),
    refused("CLIENT TRACKINGINFO", kNoTwemproxy, kSharedLinks),
    refused("CLIENT UNBLOCK", kNoTwemproxy, kSharedLinks),
    refused("CLIENT UNPAUSE", kNoTwemproxy, kSharedLinks),
    refused_with("MONITOR", {1, 1}, answer_monitor, kPlain, kSharedLinks),
    refused("WAIT", kNoTwemproxy, kReplication),
    refused("WAITAOF", kNoTwemproxy, kReplication),
    refused("FAILOVER", kNoTwemproxy, kReplication),
    refused("PSYNC", kNoTwemproxy, kReplication),
    refused("REPLCONF", kNoTwemproxy, kReplication),
    refused("REPLICAOF", kNoTwemproxy, kReplication),
    refused("ROLE", kNoTwemproxy, kReplication),
    refused("SLAVEOF", kNoTwemproxy, kReplication),
    refused("SYNC", kNoTwemproxy, kReplication),
    refused("ASKING", kNoTwemproxy, kCluster),
    refused("CLUSTER", kNoTwemproxy, kCluster),
    refused("READONLY", kNoTwemproxy, kCluster),
    refused("READWRITE", kNoTwemproxy, kCluster),
    refused("RESTORE-ASKING", kNoTwemproxy, kCluster),
    refused("ACL", kNoTwemproxy, kAdministration),
    refused("BGREWRITEAOF", kNoTwemproxy, kAdministration),
    refused("BGSAVE", kNoTwemproxy, kAdministration),
    refused("CONFIG", kNoTwemproxy, kAdministration),
    refused("DEBUG", kNoTwemproxy, kAdministration),
    refused("LASTSAVE", kNoTwemproxy, kAdministration),
    refused("LATENCY", kNoTwemproxy, kAdministration),
    refused("MEMORY DOCTOR", kNoTwemproxy, kAdministration),
    refused("MEMORY MALLOC-STATS", kNoTwemproxy, kAdministration),
    refused("MEMORY PURGE", kNoTwemproxy, kAdministration),
    refused("MEMORY STATS", kNoTwemproxy, kAdministration),
    refused("MIGRATE", kNoTwemproxy, kAdministration),
    refused("MODULE", kNoTwemproxy, kAdministration),
    refused("PFDEBUG", kNoTwemproxy, kAdministration),
    refused("PFSELFTEST", kNoTwemproxy, kAdministration),
    refused("SAVE", kNoTwemproxy, kAdministration),
    refused("SHUTDOWN", kNoTwemproxy, kAdministration),
    refused("SLOWLOG", kNoTwemproxy, kAdministration),
});

}  // namespace ringside::protocol::redis_rows
