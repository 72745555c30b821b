#!/bin/sh
# lua - tables, closures, coroutines, strings, the collector in both modes
# shellcheck source=run
. "${0%/*}/run"
needs lua5.4
loads lua5.4
rotates

work()
{
	cat >work.lua <<-'END'
	local x = 42
	local function rnd(n) x = (x * 1103515245 + 12345) % 2147483648; return x // 65536 % n end
	local function round(name)
		local t, s = {}, 0
		for i = 1, 150000 do t[rnd(20000)] = { id = i, name = "n" .. i, sub = { i, i + 1 } } end
		for _, v in pairs(t) do s = s + v.id + #v.name + #v.sub end
		local words = {}
		for w in (("alpha beta gamma delta "):rep(5000)):gmatch("%a+") do words[#words + 1] = w:upper() .. #words end
		table.sort(words)
		local made = 0
		for i = 1, 5000 do
			local co = coroutine.wrap(function(a) while true do a = coroutine.yield(a * 2) end end)
			made = made + co(i) + co(i + 1)
		end
		local parts = {}
		for i = 1, 50000 do parts[i] = string.format("%d:%s", i, ("x"):rep(i % 30)) end
		local text = table.concat(parts, ",")
		local sum = 0
		for i = 1, #text, 97 do sum = (sum * 31 + text:byte(i)) % 1000000007 end
		print(name, s, #words, words[1], words[#words], made, #text, sum, (text:gsub("x+", "y")):len())
	end
	round("incremental")
	collectgarbage("generational")
	round("generational")
	collectgarbage()
	print(collectgarbage("count") < 60000)
	END
	lua5.4 work.lua
}

compare
