// operators - every operator new and delete, with the new_handler, bad_alloc and nothrow as the C++ runtime has them.
#include "check.h"

#include <malloc.h>
#include <memory>
#include <new>
#include <string>
#include <vector>

namespace {

struct alignas(256) wide {
	char bytes[300];
};

void
every_pair()
{
	for (std::size_t n : {0u, 1u, 8u, 100u, 1024u, 5000u, 40000u, 3000000u}) {
		auto al = std::align_val_t(128);
		void *p[16];
		p[0] = ::operator new(n);
		p[1] = ::operator new[](n);
		p[2] = ::operator new(n, std::nothrow);
		p[3] = ::operator new[](n, std::nothrow);
		p[4] = ::operator new(n, al);
		p[5] = ::operator new[](n, al);
		p[6] = ::operator new(n, al, std::nothrow);
		p[7] = ::operator new[](n, al, std::nothrow);
		p[8] = ::operator new(n);
		p[9] = ::operator new[](n);
		p[10] = ::operator new(n, al);
		p[11] = ::operator new[](n, al);
		for (unsigned i = 0; i < 12; i++) {
			check(p[i] != nullptr);
			check(malloc_usable_size(p[i]) >= n);
			if ((i >= 4 && i < 8) || i >= 10)
				check(reinterpret_cast<std::uintptr_t>(p[i]) % 128 == 0);
			for (unsigned k = 0; k < i; k++)
				check(p[k] != p[i]);
			fill(p[i], n, i);
		}
		for (unsigned i = 0; i < 12; i++)
			check(holds(p[i], n, i));
		::operator delete(p[0]);
		::operator delete[](p[1]);
		::operator delete(p[2], std::nothrow);
		::operator delete[](p[3], std::nothrow);
		::operator delete(p[4], al);
		::operator delete[](p[5], al);
		::operator delete(p[6], al, std::nothrow);
		::operator delete[](p[7], al, std::nothrow);
		::operator delete(p[8], n);
		::operator delete[](p[9], n);
		::operator delete(p[10], n, al);
		::operator delete[](p[11], n, al);
	}
	::operator delete(nullptr);
	::operator delete[](nullptr);
	::operator delete(nullptr, std::nothrow);
	::operator delete(nullptr, std::align_val_t(64));
}

int handled;

void
handler_that_gives_up()
{
	if (++handled == 3)
		std::set_new_handler(nullptr);
}

struct own_failure : std::bad_alloc {};

void
handler_that_throws()
{
	handled++;
	throw own_failure();
}

template <typename Form>
void
throws_bad_alloc(Form form)
{
	bool thrown = false;
	std::set_new_handler(nullptr);
	try {
		form();
	} catch (const std::bad_alloc &) {
		thrown = true;
	}
	check(thrown);

	handled = 0;
	thrown = false;
	std::set_new_handler(handler_that_gives_up);
	try {
		form();
	} catch (const std::bad_alloc &) {
		thrown = true;
	}
	check(thrown && handled == 3);

	handled = 0;
	thrown = false;
	std::set_new_handler(handler_that_throws);
	try {
		form();
	} catch (const own_failure &) {
		thrown = true;
	}
	check(thrown && handled == 1);
	std::set_new_handler(nullptr);
}

template <typename Form>
void
gives_null(Form form)
{
	std::set_new_handler(nullptr);
	check(form() == nullptr);
	handled = 0;
	std::set_new_handler(handler_that_gives_up);
	check(form() == nullptr && handled == 3);
	handled = 0;
	std::set_new_handler(handler_that_throws);
	check(form() == nullptr && handled == 1);
	std::set_new_handler(nullptr);
}

void
no_memory()
{
	auto al = std::align_val_t(128);
	throws_bad_alloc([] { return ::operator new(ABSURD); });
	throws_bad_alloc([] { return ::operator new[](ABSURD); });
	throws_bad_alloc([al] { return ::operator new(ABSURD, al); });
	throws_bad_alloc([al] { return ::operator new[](ABSURD, al); });
	gives_null([] { return ::operator new(ABSURD, std::nothrow); });
	gives_null([] { return ::operator new[](ABSURD, std::nothrow); });
	gives_null([al] { return ::operator new(ABSURD, al, std::nothrow); });
	gives_null([al] { return ::operator new[](ABSURD, al, std::nothrow); });

	/* no power of two */
	volatile std::size_t odd = 48;
	bool thrown = false;
	try {
		opaque(::operator new(100, std::align_val_t(odd)));
	} catch (const std::bad_alloc &) {
		thrown = true;
	}
	check(thrown);
	check(::operator new(100, std::align_val_t(odd), std::nothrow) == nullptr);
}

void
the_language_uses_them()
{
	std::vector<std::unique_ptr<wide>> wides;
	for (unsigned i = 0; i < 500; i++) {
		wides.push_back(std::make_unique<wide>());
		check(reinterpret_cast<std::uintptr_t>(wides.back().get()) % 256 == 0);
		fill(wides.back().get(), sizeof(wide), i);
	}
	for (unsigned i = 0; i < 500; i++)
		check(holds(wides[i].get(), sizeof(wide), i));
	std::string text;
	for (int i = 0; i < 100000; i++)
		text += "abcdefg";
	check(text.size() == 700000);

	volatile std::size_t most = SIZE_MAX / 4;
	bool thrown = false;
	try {
		std::vector<int> v;
		v.reserve(most / 2);
	} catch (const std::exception &) {
		thrown = true;
	}
	check(thrown);
	delete[] new int[1000];
	delete new int;

	/* mixed with malloc's family, as careless programs do */
	std::free(::operator new(100));
	::operator delete(std::malloc(100));
}

} // namespace

int
main()
{
	every_pair();
	for (int i = 0; i < 3; i++)
		no_memory();
	the_language_uses_them();
	return 0;
}
