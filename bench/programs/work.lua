-- Tables, closures and strings that come and go: an interpreter whose objects are malloc's.
math.randomseed(tonumber(os.getenv("BENCH_SEED") or "1"))
local seen, sum = {}, 0
for round = 1, 24 do
	local list = {}
	for i = 1, 6000 do
		local k = math.random(20000)
		list[i] = { key = "k" .. k, value = k, weight = function() return k * round end }
		seen[k] = (seen[k] or "") .. string.char(97 + k % 26)
		if #seen[k] > 12 then seen[k] = nil end
	end
	table.sort(list, function(a, b) return a.value < b.value end)
	local words = {}
	for i = 1, #list, 7 do words[#words + 1] = list[i].key:rep(i % 5 + 1) end
	for w in table.concat(words, " "):gmatch("%d+") do sum = (sum + #w * round) % 1000003 end
	for i = 1, #list, 3 do sum = (sum + list[i].weight()) % 1000003 end
end
print(sum)
