#!/bin/sh
# python3 - threads, a queue, json, re, zlib, sqlite3, a process pool; every object from malloc
# shellcheck source=run
. "${0%/*}/run"
needs python3
loads python3
rotates

work()
{
	cat >work.py <<-'END'
	import hashlib, json, queue, random, re, sqlite3, sys, threading, zlib
	from concurrent.futures import ProcessPoolExecutor
	import multiprocessing

	def digest(x):
	    return hashlib.sha256(repr(x).encode()).hexdigest()[:16]

	# What one thread makes, another takes: objects die on another thread than the one that made them.
	def produce(seed, out):
	    r = random.Random(seed)
	    for i in range(3000):
	        out.put({"id": i, "name": "n%d" % r.randrange(10**6), "list": [r.random() for _ in range(r.randrange(20))]})
	    out.put(None)

	def consume(source, results, k):
	    total, text = 0, []
	    while (item := source.get()) is not None:
	        text.append(json.dumps(item, sort_keys=True))
	        total += len(json.loads(text[-1])["list"])
	    results[k] = (total, digest(text))

	results, threads = {}, []
	for k in range(3):
	    q = queue.Queue(64)
	    threads += [threading.Thread(target=produce, args=(k, q)), threading.Thread(target=consume, args=(q, results, k))]
	for t in threads: t.start()
	for t in threads: t.join()
	print("threads", sorted(results.items()))

	words = [w for w in re.split(r"\W+", " ".join("w%x %s" % (i * 2654435761 % 2**32, "ab" * (i % 9)) for i in range(20000))) if w]
	print("re", len(words), digest(re.findall(r"(w[0-9a-f]{3})(?=[0-9])", " ".join(words))))

	db = sqlite3.connect(":memory:")
	db.execute("create table t (k integer primary key, v text, n real)")
	db.executemany("insert into t values (?, ?, ?)", ((i, words[i % len(words)], i / 7) for i in range(20000)))
	db.execute("create index v on t (v)")
	print("sqlite3", db.execute("select count(*), sum(length(v)), round(sum(n), 3) from t where v like 'w%'").fetchone())
	print("zlib", digest(zlib.compress("\n".join(words).encode(), 6)))

	with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("fork")) as pool:
	    print("fork", list(pool.map(digest, (list(range(n)) for n in (10, 1000, 50000)))))

	grown = {}
	for i in range(60000):
	    grown[i % 5000] = [str(i)] * (i % 50)
	print("dict", digest(grown))
	END
	PYTHONMALLOC=malloc PYTHONHASHSEED=0 python3 work.py
}

compare
