#!/bin/sh
# java - a program compiled and run: threads, maps, strings, the collector, direct buffers
# shellcheck source=run
. "${0%/*}/run"
needs java javac
loads java javac
rotates

work()
{
	cat >Work.java <<-'END'
	import java.nio.ByteBuffer;
	import java.util.*;
	import java.util.concurrent.*;
	import java.util.zip.*;

	public class Work {
		static long run(int seed) throws Exception {
			Random r = new Random(seed);
			Map<String, List<Integer>> m = new TreeMap<>();
			long sum = 0;
			for (int i = 0; i < 100000; i++)
				m.computeIfAbsent("k" + r.nextInt(3000), k -> new ArrayList<>()).add(i);
			for (var e : m.entrySet()) sum = sum * 31 + e.getKey().hashCode() + e.getValue().size();
			for (int i = 0; i < 300; i++) {
				ByteBuffer b = ByteBuffer.allocateDirect(1 + r.nextInt(20000));
				b.put(0, (byte) i);
				Deflater d = new Deflater();
				d.setInput(new byte[5000 + i]);
				d.finish();
				sum += d.deflate(new byte[6000]) + b.capacity();
				d.end();
			}
			return sum;
		}
		public static void main(String[] args) throws Exception {
			ExecutorService pool = Executors.newFixedThreadPool(3);
			List<Future<Long>> f = new ArrayList<>();
			for (int i = 0; i < 6; i++) { final int n = i; f.add(pool.submit(() -> run(n))); }
			for (Future<Long> x : f) System.out.println(x.get());
			pool.shutdown();
			System.gc();
			System.out.println(String.join(",", Collections.nCopies(1000, "x")).length());
		}
	}
	END
	javac -J-Xshare:auto -d . Work.java
	java -Xmx128m -cp . Work
}

compare
