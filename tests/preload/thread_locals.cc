// thread_locals - C++ thread_local objects whose constructors and destructors allocate, in threads that come and go.
#include "check.h"

#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace {

struct keeper {
	std::vector<std::string> lines;
	std::map<int, std::unique_ptr<std::string>> index;

	keeper() { lines.reserve(10); }

	~keeper()
	{
		/* work, not only release: a log that is written out at the end */
		std::string all;
		for (auto &line : lines)
			all += line + "\n";
		std::map<std::string, std::vector<int>> words;
		for (int i = 0; i < 50; i++)
			words[std::to_string(i) + all.substr(0, 30)].assign(static_cast<std::size_t>(i), i);
		check(words.size() == 50);
	}
};

thread_local keeper first;
thread_local std::unique_ptr<std::vector<char>> second;

struct pure_destructor {
	char touched = 0;
	~pure_destructor()
	{
		/* the thread's first allocation */
		std::vector<std::string> some(20, std::string(100, 'x'));
		check(some[19].size() == 100);
	}
};
thread_local pure_destructor third;

void
works()
{
	for (int i = 0; i < 30; i++) {
		first.lines.push_back("line " + std::to_string(i) + std::string(static_cast<std::size_t>(i) * 10, 'y'));
		first.index[i] = std::make_unique<std::string>(first.lines.back());
	}
	second = std::make_unique<std::vector<char>>(100000, 'z');
}

void
only_at_the_end()
{
	third.touched = 1;
}

} // namespace

int
main()
{
	for (int i = 0; i < 300; i++) {
		std::thread a(works), b(works), c(only_at_the_end);
		a.join();
		b.join();
		c.join();
	}
	works();
	only_at_the_end();
	return 0;
}
