#!/bin/sh
# gxx - templates and the standard library compiled by g++, and the program run: operator new from four threads
# shellcheck source=run
. "${0%/*}/run"
needs g++
loads g++ cc1plus work

work()
{
	cat >work.cc <<-'END'
	#include <algorithm>
	#include <future>
	#include <iostream>
	#include <map>
	#include <memory>
	#include <regex>
	#include <set>
	#include <sstream>
	#include <stdexcept>
	#include <string>
	#include <thread>
	#include <unordered_map>
	#include <vector>

	struct alignas(128) wide { char bytes[200]; };

	static unsigned long
	run(unsigned seed)
	{
		std::map<std::string, std::vector<int>> m;
		std::unordered_map<int, std::shared_ptr<std::string>> u;
		unsigned long sum = 0;
		for (int i = 0; i < 40000; i++) {
			seed = seed * 1103515245u + 12345u;
			auto key = "key" + std::to_string(seed >> 20);
			m[key].push_back(i);
			u[i % 997] = std::make_shared<std::string>(key + std::string(seed >> 27, 'x'));
			auto w = std::make_unique<wide[]>(1 + i % 3);
			sum += reinterpret_cast<unsigned long>(w.get()) % 128;
			if (i % 1000 == 0)
				try { throw std::runtime_error(key); } catch (const std::exception &e) { sum += std::string(e.what()).size(); }
		}
		for (auto &[k, v] : m) sum += k.size() * v.size();
		for (auto &[k, v] : u) sum += static_cast<unsigned long>(k) * v->size();
		return sum;
	}

	int
	main()
	{
		std::vector<std::future<unsigned long>> results;
		for (unsigned i = 1; i <= 4; i++) results.push_back(std::async(std::launch::async, run, i));
		for (auto &r : results) std::cout << r.get() << '\n';
		std::string text;
		for (int i = 0; i < 2000; i++) text += "a" + std::to_string(i) + "=b" + std::to_string(i * i) + ";";
		std::regex re("a(\\d+)=b(\\d*5);");
		std::cout << std::distance(std::sregex_iterator(text.begin(), text.end(), re), std::sregex_iterator()) << '\n';
		std::multiset<std::string> words;
		std::istringstream in(text);
		for (std::string w; std::getline(in, w, ';');) words.insert(std::string(w.rbegin(), w.rend()));
		std::cout << words.size() << ' ' << *words.begin() << '\n';
		return 0;
	}
	END
	g++ -std=c++17 -O1 -pthread -frandom-seed=1 -c work.cc -o work.o
	cksum work.o
	g++ -pthread work.o -o work
	./work
}

compare
