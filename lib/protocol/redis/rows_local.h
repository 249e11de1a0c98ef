// Rows of the Redis command table: what the proxy answers itself, and what it refuses and why.
#pragma once

#include "base/limits.h"
#include "protocol/redis/rows.h"

#include <array>

namespace ringside::protocol::redis_rows {

inline constexpr auto kConnectionRows = std::to_array<RedisRow>({
    without_authentication(
        local("AUTH", RedisCommand::auth, 2, 3,
              "Checked against the pool's redis_auth; the only user is default.")),
    container("CLIENT"),
    local("CLIENT GETNAME", RedisCommand::client_getname, 2, 2, "What SETNAME has set."),
    help("CLIENT HELP"),
    local("CLIENT ID", RedisCommand::client_id, 2, 2, "A number of the connection's own."),
    local("CLIENT INFO", RedisCommand::client_info, 2, 2, "What the proxy knows of the client."),
    local("CLIENT NO-EVICT", RedisCommand::client_switch, 3, 3, "Accepted, without effect."),
    local("CLIENT NO-TOUCH", RedisCommand::client_switch, 3, 3, "Accepted, without effect."),
    local("CLIENT REPLY", RedisCommand::client_reply, 3, 3,
          "ON only: every request has an answer."),
    local("CLIENT SETINFO", RedisCommand::client_setinfo, 4, 4, "Accepted, without effect."),
    local("CLIENT SETNAME", RedisCommand::client_setname, 3, 3, "Names the connection."),
    local("ECHO", RedisCommand::echo, 2, 2, "The argument."),
    changing_links(without_authentication(
        local("HELLO", RedisCommand::hello, 1, -1,
              "Chooses RESP2 or RESP3; may authenticate and name the connection."))),
    local("PING", RedisCommand::ping, 1, 2, "Answered whatever the state of the nodes."),
    without_authentication(local("QUIT", RedisCommand::quit, 1, -1,
                                 "Closes the connection after the answers that are under way.")),
    changing_links(without_authentication(local(
        "RESET", RedisCommand::reset, 1, 1, "Back to RESP2, without name, not authenticated."))),
    local("SELECT", RedisCommand::select, 2, 2,
          "OK for the pool's redis_db; no other database can be chosen."),
});

inline constexpr auto kServerRows = std::to_array<RedisRow>({
    with_subcommands(local("COMMAND", RedisCommand::command, 1, -1, "The table of commands.")),
    local("COMMAND COUNT", RedisCommand::command_count, 2, 2, "The number of commands."),
    local("COMMAND DOCS", RedisCommand::command_docs, 2, 2 + base::kCommandNamesMax,
          "What commands mean."),
    local("COMMAND GETKEYS", RedisCommand::command_getkeys, 4, -1, "The keys of a request."),
    local("COMMAND GETKEYSANDFLAGS", RedisCommand::command_getkeysandflags, 4, -1,
          "The same, and what the request does with them."),
    help("COMMAND HELP"),
    local("COMMAND INFO", RedisCommand::command_info, 2, 2 + base::kCommandNamesMax,
          "The rows of some commands."),
    local("COMMAND LIST", RedisCommand::command_list, 2, 5,
          "The names of all commands, or by ACL category or pattern."),
    with_facts(local("INFO", RedisCommand::info, 1, -1, "About the proxy and the pool.")),
    row("LOLWUT", Route::any_node, -1, kRead, "Passed on to one node, as twemproxy does."),
    with_facts(local("TIME", RedisCommand::time, 1, 1, "The proxy's clock.")),
});

inline constexpr std::string_view kTransaction =
    "transactions need a connection of their own to one node; "
    "send the commands one by one, or as a script";
inline constexpr std::string_view kBlocking =
    "blocking commands would hold up the other clients of the node; use the form that does not "
    "wait";
inline constexpr std::string_view kSubscription =
    "subscriptions need a connection of their own; connect to a node";
inline constexpr std::string_view kWholeKeyspace =
    "it concerns all keys of a node, not those of a request; connect to the nodes";
inline constexpr std::string_view kAdministration =
    "it administers a server; connect to the node itself";
inline constexpr std::string_view kCluster =
    "the pool is not a Redis Cluster; the proxy finds the node of a key";
inline constexpr std::string_view kReplication =
    "it concerns the replication of one server; connect to the node itself";
inline constexpr std::string_view kScriptStore =
    "scripts and functions are held by each node for itself; use EVAL, or load them at the nodes";
inline constexpr std::string_view kOtherDatabase =
    "a pool has one database, which redis_db chooses";
inline constexpr std::string_view kSharedLinks =
    "connections to nodes are shared by clients, which do not see each other";

inline constexpr auto kRefusedRows = std::to_array<RedisRow>({
    refused("MULTI", kTransaction),
    refused("EXEC", kTransaction),
    refused("DISCARD", kTransaction),
    refused("WATCH", kTransaction),
    refused("UNWATCH", kTransaction),
    refused("BLMOVE", kBlocking),
    refused("BLMPOP", kBlocking),
    refused("BLPOP", kBlocking),
    refused("BRPOP", kBlocking),
    refused("BRPOPLPUSH", kBlocking),
    refused("BZMPOP", kBlocking),
    refused("BZPOPMAX", kBlocking),
    refused("BZPOPMIN", kBlocking),
    refused("SUBSCRIBE", kSubscription),
    refused("UNSUBSCRIBE", kSubscription),
    refused("PSUBSCRIBE", kSubscription),
    refused("PUNSUBSCRIBE", kSubscription),
    refused("SSUBSCRIBE", kSubscription),
    refused("SUNSUBSCRIBE", kSubscription),
    refused("PUBLISH", kSubscription),
    refused("SPUBLISH", kSubscription),
    refused("PUBSUB", kSubscription),
    refused("KEYS", kWholeKeyspace),
    refused("SCAN", kWholeKeyspace),
    refused("RANDOMKEY", kWholeKeyspace),
    refused("DBSIZE", kWholeKeyspace),
    refused("FLUSHDB", kWholeKeyspace),
    refused("FLUSHALL", kWholeKeyspace),
    refused("MOVE", kOtherDatabase),
    refused("SWAPDB", kOtherDatabase),
    refused("SCRIPT", kScriptStore),
    refused("FUNCTION", kScriptStore),
    refused("CLIENT CACHING", kSharedLinks),
    refused("CLIENT GETREDIR", kSharedLinks),
    refused("CLIENT KILL", kSharedLinks),
    refused("CLIENT LIST", kSharedLinks),
    refused("CLIENT PAUSE", kSharedLinks),
    refused("CLIENT TRACKING", kSharedLinks),
    refused("CLIENT TRACKINGINFO", kSharedLinks),
    refused("CLIENT UNBLOCK", kSharedLinks),
    refused("CLIENT UNPAUSE", kSharedLinks),
    refused("MONITOR", kSharedLinks),
    refused("WAIT", kReplication),
    refused("WAITAOF", kReplication),
    refused("FAILOVER", kReplication),
    refused("PSYNC", kReplication),
    refused("REPLCONF", kReplication),
    refused("REPLICAOF", kReplication),
    refused("ROLE", kReplication),
    refused("SLAVEOF", kReplication),
    refused("SYNC", kReplication),
    refused("ASKING", kCluster),
    refused("CLUSTER", kCluster),
    refused("READONLY", kCluster),
    refused("READWRITE", kCluster),
    refused("RESTORE-ASKING", kCluster),
    refused("ACL", kAdministration),
    refused("BGREWRITEAOF", kAdministration),
    refused("BGSAVE", kAdministration),
    refused("CONFIG", kAdministration),
    refused("DEBUG", kAdministration),
    refused("LASTSAVE", kAdministration),
    refused("LATENCY", kAdministration),
    refused("MEMORY DOCTOR", kAdministration),
    refused("MEMORY MALLOC-STATS", kAdministration),
    refused("MEMORY PURGE", kAdministration),
    refused("MEMORY STATS", kAdministration),
    refused("MIGRATE", kAdministration),
    refused("MODULE", kAdministration),
    refused("PFDEBUG", kAdministration),
    refused("PFSELFTEST", kAdministration),
    refused("SAVE", kAdministration),
    refused("SHUTDOWN", kAdministration),
    refused("SLOWLOG", kAdministration),
});

}  // namespace ringside::protocol::redis_rows
