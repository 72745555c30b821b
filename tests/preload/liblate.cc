// liblate - a C++ library that a C program opens late, and closes again.
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

extern "C" void *
late_make(int n)
{
	auto *lines = new std::vector<std::string>;
	for (int i = 0; i < n; i++)
		lines->push_back(std::string(static_cast<std::size_t>(i), 'x'));
	return lines;
}

extern "C" int
late_take(void *p)
{
	std::unique_ptr<std::vector<std::string>> lines(static_cast<std::vector<std::string> *>(p));
	return static_cast<int>(lines->size());
}

extern "C" int
late_throws(std::size_t n)
{
	try {
		::operator delete(::operator new(n));
	} catch (const std::bad_alloc &) {
		return 1;
	}
	try {
		throw std::runtime_error(std::string(1000, 'y'));
	} catch (const std::runtime_error &e) {
		return std::string(e.what()).size() == 1000 ? 2 : 3;
	}
}
