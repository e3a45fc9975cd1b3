// SPDX-License-Identifier: GPL-3.0-only
#include "apps/ntcmd/parser.hpp"

#include <random>
#include <vector>

#include "tests/host/ntcmd/text.hpp"

namespace ntcmd {
namespace {

bool variable(View name, Text& value, void*) {
    if (!name.equals(u"NAME")) return false;
    value.append(View(u"some value"));
    return true;
}

std::string expanded(View line) {
    Text out;
    EXPECT_EQ(expand(line, variable, nullptr, out), ParseError::None);
    return narrow(out);
}

struct Parsed {
    std::vector<std::vector<std::string>> words;
    std::vector<std::string> tails, outputs, inputs;
    std::vector<bool> appends;
};

Parsed parsed(View line) {
    List<Command> commands;
    EXPECT_EQ(parse(line, commands), ParseError::None);
    Parsed result;
    for (const Command& command : commands) {
        std::vector<std::string> words;
        for (const Text& word : command.words)
            words.push_back(narrow(word));
        result.words.push_back(words);
        result.tails.push_back(narrow(command.tail));
        result.outputs.push_back(narrow(command.output_file));
        result.inputs.push_back(narrow(command.input_file));
        result.appends.push_back(command.append);
    }
    return result;
}

using Words = std::vector<std::vector<std::string>>;

TEST(Expand, PutsValuesIn) {
    EXPECT_EQ(expanded(u"a %NAME% b"), "a some value b");
    EXPECT_EQ(expanded(u"%name%%NAME%"), "some valuesome value");
}

TEST(Expand, LeavesUnknownNamesAndLonePercents) {
    EXPECT_EQ(expanded(u"100% of %NOTHING%"), "100% of %NOTHING%");
    EXPECT_EQ(expanded(u"%%"), "%%");
    EXPECT_EQ(expanded(u"50% %NAME%"), "50% some value");
}

TEST(Expand, RefusesALineThatGrowsTooLong) {
    Text line;
    for (int i = 0; i < 1000; ++i)
        line.append(View(u"%NAME%"));
    Text out;
    EXPECT_EQ(expand(line, variable, nullptr, out), ParseError::LineTooLong);
}

TEST(Parse, SplitsWordsAndCommands) {
    EXPECT_EQ(parsed(u"  one  two\tthree ").words, (Words{{"one", "two", "three"}}));
    EXPECT_EQ(parsed(u"a b&c & d").words, (Words{{"a", "b"}, {"c"}, {"d"}}));
    EXPECT_EQ(parsed(u"").words, Words{});
    EXPECT_EQ(parsed(u"& & &").words, Words{});
}

TEST(Parse, QuotesGroup) {
    EXPECT_EQ(parsed(u"type \"a file\" b\"c d\"e").words, (Words{{"type", "a file", "bc de"}}));
    EXPECT_EQ(parsed(u"echo \"a & b > c\"").words, (Words{{"echo", "a & b > c"}}));
    EXPECT_EQ(parsed(u"echo \"say \\\"hi\\\"\"").words, (Words{{"echo", "say \"hi\""}}));
    EXPECT_EQ(parsed(u"cd \"\\a dir\\\"").words, (Words{{"cd", "\\a dir\\"}}));
}

TEST(Parse, Redirects) {
    const Parsed p = parsed(u"dir a>out.txt <in.txt b & ps >> log");
    EXPECT_EQ(p.words, (Words{{"dir", "a", "b"}, {"ps"}}));
    EXPECT_EQ(p.outputs, (std::vector<std::string>{"out.txt", "log"}));
    EXPECT_EQ(p.inputs, (std::vector<std::string>{"in.txt", ""}));
    EXPECT_EQ(p.appends, (std::vector<bool>{false, true}));
}

TEST(Parse, RedirectsErrors) {
    List<Command> commands;
    EXPECT_EQ(parse(u"a 2>e x 1>o&b>o 2>&1&c 2>>e2|d a2>o 2> \"a b\"&e 2>&1 2>f&g 2>f 2>&1", commands),
              ParseError::None);
    ASSERT_EQ(commands.size(), 6u);
    EXPECT_EQ(narrow(commands[0].error_file), "e");
    EXPECT_EQ(narrow(commands[0].output_file), "o");
    EXPECT_EQ(commands[0].words.size(), 2u);
    EXPECT_FALSE(commands[0].append_errors || commands[0].errors_to_output);
    EXPECT_TRUE(commands[1].errors_to_output);
    EXPECT_TRUE(commands[1].error_file.empty());
    EXPECT_TRUE(commands[2].append_errors && commands[2].piped);
    EXPECT_EQ(narrow(commands[2].error_file), "e2");
    EXPECT_EQ(narrow(commands[3].words[1]), "a2");
    EXPECT_EQ(narrow(commands[3].output_file), "o");
    EXPECT_EQ(narrow(commands[3].error_file), "a b");
    EXPECT_EQ(narrow(commands[4].error_file), "f");
    EXPECT_FALSE(commands[4].errors_to_output);
    EXPECT_TRUE(commands[5].error_file.empty());
    EXPECT_TRUE(commands[5].errors_to_output);
    for (const char16_t* line : {u"a 2>&2", u"a 1>&2", u"a >&1", u"a 2>&", u"a 2>>&1", u"a 2>&12"}) {
        List<Command> none;
        EXPECT_EQ(parse(line, none), ParseError::NoSuchStream) << narrow(Text(line));
    }
}

TEST(Parse, Pipes) {
    List<Command> commands;
    EXPECT_EQ(parse(u"dir /b|sort \"a|b\" & ps | more < f", commands), ParseError::None);
    ASSERT_EQ(commands.size(), 4u);
    EXPECT_TRUE(commands[0].piped);
    EXPECT_FALSE(commands[1].piped);
    EXPECT_EQ(narrow(commands[1].words[1]), "a|b");
    EXPECT_TRUE(commands[2].piped);
    EXPECT_FALSE(commands[3].piped);
    for (const char16_t* line : {u"|", u"a |", u"| a", u"a | | b", u"a | & b", u"a & | b", u"a | > f"}) {
        List<Command> none;
        EXPECT_EQ(parse(line, none), ParseError::NoCommand) << narrow(View(line));
    }
}

TEST(Parse, TailKeepsWhatWasTyped) {
    EXPECT_EQ(parsed(u"echo two  blanks").tails[0], "two  blanks");
    EXPECT_EQ(parsed(u"echo \"a b\" > f").tails[0], "\"a b\"");
    EXPECT_EQ(parsed(u"set A=b c & echo x").tails, (std::vector<std::string>{"A=b c", "x"}));
}

TEST(Parse, SaysWhatIsWrong) {
    List<Command> commands;
    EXPECT_EQ(parse(u"echo \"open", commands), ParseError::QuoteNotClosed);
    EXPECT_EQ(parse(u"echo >", commands), ParseError::NoFileName);
    EXPECT_EQ(parse(u"echo > & ps", commands), ParseError::NoFileName);
    Text longest;
    for (SIZE_T i = 0; i <= kLongestLine; ++i)
        longest.append(u'x');
    EXPECT_EQ(parse(longest, commands), ParseError::LineTooLong);
}

TEST(Parse, SurvivesAnyLine) {
    std::mt19937 random(1);
    const char16_t alphabet[] = u"ab \"\\&|<>%\t";
    for (int round = 0; round < 20000; ++round) {
        Text line;
        for (unsigned i = random() % 24; i > 0; --i)
            line.append(alphabet[random() % 10]);
        List<Command> commands;
        Text out;
        expand(line, variable, nullptr, out);
        if (parse(out, commands) != ParseError::None) continue;
        for (const Command& command : commands)
            ASSERT_FALSE(command.words.empty());
    }
}

}  // namespace
}  // namespace ntcmd
