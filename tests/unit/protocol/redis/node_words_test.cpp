#include "protocol/protocol.h"

#include <gtest/gtest.h>

namespace ringside::protocol {
namespace {

const NodeCodec& codec() {
    return redis().node();
}

TEST(RedisNodeWords, are_those_of_a_whole_error_line_at_the_beginning) {
    EXPECT_EQ(codec().error_words("-ERR max number of clients reached\r\n"),
              "ERR max number of clients reached");
    EXPECT_EQ(codec().error_words("-LOADING\r\n+OK\r\n"), "LOADING");
    EXPECT_EQ(codec().error_words("-ERR max numb"), "");
    EXPECT_EQ(codec().error_words("$4\r\n-ERR\r\n"), "");
    EXPECT_EQ(codec().error_words(""), "");
}

TEST(RedisNodeWords, tell_whether_the_node_has_anything_to_answer_from) {
    for (const char* words :
         {"LOADING Redis is loading the dataset in memory", "MASTERDOWN Link with MASTER is down",
          "BUSY Redis is busy running", "NOAUTH Authentication required."}) {
        EXPECT_EQ(codec().fitness(words), NodeFitness::unfit) << words;
    }
    EXPECT_EQ(codec().fitness("MISCONF Redis is configured to save"), NodeFitness::fit);
    for (const char* words : {"WRONGTYPE Operation", "ERR unknown command", "BUSYKEY Target", ""}) {
        EXPECT_EQ(codec().fitness(words), NodeFitness::unclear) << words;
    }
}

}  // namespace
}  // namespace ringside::protocol
