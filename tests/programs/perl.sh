#!/bin/sh
# perl - hashes, sorting, regular expressions, strings that grow, fork and pipes, threads
# shellcheck source=run
. "${0%/*}/run"
needs perl
loads perl
rotates

work()
{
	cat >work.pl <<-'END'
	use strict; use warnings;
	use Config;
	my ($x, %h, @l) = (42);
	sub rnd { $x = ($x * 1103515245 + 12345) % 2147483648; return int($x / 65536) % $_[0] }

	for my $i (1 .. 60000) { my $k = "k" . rnd(9000); $h{$k} .= chr(97 + rnd(26)); push @{$l[rnd(200)]}, $k }
	my $sum = 0;
	$sum += length $h{$_} for sort { $h{$a} cmp $h{$b} || $a cmp $b } keys %h;
	print scalar(keys %h), " keys, $sum characters, ", scalar(@l), " lists\n";
	delete @h{grep { /7/ } sort keys %h};
	print scalar(keys %h), " left\n";

	my $text = join ' ', map { join '', map { chr(97 + rnd(26)) } 1 .. 3 + rnd(9) } 1 .. 20000;
	my %seen;
	$seen{lc $1}++ while $text =~ /\b([a-m]\w*?[aeiou])\w*/g;
	(my $other = $text) =~ s/(\w+) (\w+)/$2-\U$1/g;
	print scalar(keys %seen), " stems, checksum ", unpack('%32C*', $other), "\n";

	for my $child (1 .. 4) {
		my $pid = open(my $from, '-|') // die $!;
		unless ($pid) { my @s = sort map { rnd(1e6) * $child } 1 .. 5000; print "child $child: $s[0] $s[-1]\n"; exit 0 }
		print <$from>;
		close $from;
	}
	if ($Config{useithreads}) {
		require threads;
		my @t = map { my $n = $_; threads->create(sub { my %m; $m{$_ * $n} = "v$_" x 5 for 1 .. 5000; return length join '', map { $m{$_} } sort keys %m }) } 1 .. 3;
		print "thread: ", $_->join, "\n" for @t;
	}
	my $grown = '';
	$grown .= sprintf('%05d,', $_) for 1 .. 100000;
	print length($grown), ' ', unpack('%32C*', $grown), "\n";
	END
	PERL_HASH_SEED=0 PERL_PERTURB_KEYS=0 perl work.pl
}

compare
