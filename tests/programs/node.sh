#!/bin/sh
# node - worker threads, JSON, buffers, zlib, crypto, timers
# shellcheck source=run
. "${0%/*}/run"
needs node
loads node
rotates

work()
{
	cat >work.js <<-'END'
	const { Worker, isMainThread, parentPort, workerData } = require('worker_threads');
	const crypto = require('crypto'), zlib = require('zlib');
	const digest = (x) => crypto.createHash('sha256').update(x).digest('hex').slice(0, 16);
	function work(seed) {
		let x = seed;
		const rnd = (n) => (x = (x * 1103515245 + 12345) % 2147483648) % n;
		const m = new Map();
		for (let i = 0; i < 30000; i++) m.set('k' + rnd(5000), { id: i, list: Array.from({ length: i % 9 }, (_, j) => j * i) });
		const text = JSON.stringify([...m.entries()].sort());
		const packed = zlib.deflateSync(text);
		const buffers = [];
		for (let i = 0; i < 2000; i++) buffers.push(Buffer.alloc(i % 700 + 1, i % 251));
		return [text.length, digest(text), zlib.inflateSync(packed).length, digest(Buffer.concat(buffers))];
	}
	if (!isMainThread) parentPort.postMessage(work(workerData));
	else (async () => {
		const results = await Promise.all([1, 2, 3].map((n) => new Promise((done, fail) =>
			new Worker(__filename, { workerData: n }).on('message', done).on('error', fail))));
		for (const r of results) console.log(r.join(' '));
		console.log(work(4).join(' '));
		console.log((await new Promise((done, fail) => zlib.gzip('x'.repeat(1e6), (e, r) => e ? fail(e) : done(r)))).length > 100);
		console.log(crypto.pbkdf2Sync('secret', 'salt', 5000, 32, 'sha512').toString('hex'));
	})();
	END
	node work.js
}

compare
