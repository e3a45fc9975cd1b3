// SPDX-License-Identifier: GPL-3.0-only
// The C++ library: streams, strings, regular expressions, clocks, containers, files.
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iomanip>
#include <iostream>
#include <map>
#include <memory>
#include <numeric>
#include <random>
#include <regex>
#include <sstream>
#include <unordered_map>
#include <variant>
#include <vector>

namespace fs = std::filesystem;

static void streams() {
    std::ostringstream out;
    out << std::hex << std::showbase << 255 << ' ' << std::dec << std::setw(6) << std::setfill('*') << 42
        << ' ' << std::fixed << std::setprecision(3) << 3.14159 << ' ' << std::scientific << 12345.678 << ' '
        << std::boolalpha << true;
    std::cout << out.str() << '\n';
    std::istringstream in("12 0x1f 3.5 word");
    int a = 0, b = 0;
    double d = 0;
    std::string word;
    in >> a >> std::hex >> b >> std::dec >> d >> word;
    std::cout << a << ' ' << b << ' ' << d << ' ' << word << ' ' << in.eof() << '\n';
    in >> a;
    std::cout << in.fail() << '\n';
    std::wcout << L"wide" << std::endl;
}

static void files() {
    {
        std::ofstream out("lines.txt");
        out << "one\ntwo\nthree\n";
    }
    std::ifstream in("lines.txt");
    int count = 0;
    for (std::string line; std::getline(in, line);)
        count += static_cast<int>(line.size());
    std::cout << count << ' ' << fs::file_size("lines.txt") << '\n';
    in.close();
    fs::create_directories("tree/a/b");
    fs::copy_file("lines.txt", "tree/a/copy.txt");
    std::vector<std::string> names;
    for (const auto& entry : fs::recursive_directory_iterator("tree"))
        names.push_back(entry.path().generic_string() + (entry.is_directory() ? "/" : ""));
    std::sort(names.begin(), names.end());
    for (const auto& name : names)
        std::cout << name << ' ';
    std::cout << '\n';
    fs::rename("tree/a/copy.txt", "tree/moved.txt");
    std::error_code error;
    std::cout << fs::exists("tree/moved.txt") << fs::exists("tree/a/copy.txt") << ' '
              << fs::remove("tree/a", error) << ' ' << bool(error) << ' ' << fs::remove_all("tree") << '\n';
    std::cout << fs::path("a/b/../c.txt").lexically_normal().generic_string() << ' '
              << fs::path("C:\\x\\y.tar.gz").extension().string() << ' ' << fs::absolute("q").string()
              << '\n';
    std::cout << fs::remove("lines.txt") << fs::remove("lines.txt") << '\n';
    std::cout << (fs::space("C:\\").capacity > 0) << '\n';
}

static void expressions() {
    std::smatch match;
    const std::string text = "key = value; other=42";
    const std::regex pair(R"((\w+)\s*=\s*(\w+))");
    for (auto at = text.cbegin(); std::regex_search(at, text.cend(), match, pair); at = match[0].second)
        std::cout << match[1] << "->" << match[2] << ' ';
    std::cout << std::regex_replace(text, std::regex("[aeiou]"), "_") << '\n';
    try {
        std::regex wrong("(");
    } catch (const std::regex_error& error) {
        std::cout << "regex_error " << (error.code() == std::regex_constants::error_paren) << '\n';
    }
}

static void containers() {
    std::map<std::string, int> counts;
    for (const char* word : {"b", "a", "b", "c", "b"})
        counts[word]++;
    for (const auto& [word, count] : counts)
        std::cout << word << count << ' ';
    std::unordered_map<int, std::unique_ptr<std::string>> owned;
    for (int i = 0; i < 1000; i++)
        owned[i] = std::make_unique<std::string>(static_cast<size_t>(i), 'x');
    size_t total = 0;
    for (const auto& [key, value] : owned)
        total += value->size();
    std::mt19937 random(5489);
    std::vector<unsigned> values(10000);
    std::generate(values.begin(), values.end(), std::ref(random));
    std::cout << total << ' ' << values[9999] << ' ';
    std::sort(values.begin(), values.end());
    std::variant<int, std::string> either = "text";
    std::cout << std::is_sorted(values.begin(), values.end()) << ' ' << std::get<std::string>(either) << '\n';
    try {
        std::get<int>(either);
    } catch (const std::bad_variant_access& error) {
        std::cout << "bad access\n";
    }
    try {
        std::vector<int>().at(1);
    } catch (const std::out_of_range& error) {
        std::cout << "out of range\n";
    }
}

int main() {
    using namespace std::chrono;
    streams();
    files();
    expressions();
    containers();
    const auto begun = steady_clock::now();
    const auto day = duration_cast<hours>(system_clock::now().time_since_epoch()).count() / 24;
    std::cout << (steady_clock::now() >= begun) << (day > 18000) << '\n';
    std::cerr << "error stream\n";
    return 0;
}
