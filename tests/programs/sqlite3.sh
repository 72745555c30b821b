#!/bin/sh
# sqlite3 - tables, indexes, recursive queries, transactions, vacuum, a dump read back
# shellcheck source=run
. "${0%/*}/run"
needs sqlite3
loads sqlite3

work()
{
	cat >work.sql <<-'END'
	create table item (id integer primary key, name text not null, price real, parent integer references item);
	begin;
	with recursive n(i) as (select 1 union all select i + 1 from n where i < 60000)
		insert into item select i, printf('item %08x', i * 2654435761 % 4294967296), i * 1.25, i / 3 from n;
	commit;
	create index item_name on item (name);
	create index item_parent on item (parent, price);
	select count(*), sum(price), min(name), max(name) from item;
	with recursive up(id, depth) as (select 59999, 0 union all select parent, depth + 1 from item join up using (id) where parent > 0)
		select group_concat(id || ':' || depth) from up;
	select substr(name, 6, 2) as k, count(*), avg(price) from item group by k order by count(*) desc, k limit 5;
	select a.id, b.id from item a join item b on a.name = b.name and a.id < b.id;
	begin; delete from item where id % 3 = 0; rollback;
	begin; update item set name = name || '-' || length(name) where id % 7 = 0; delete from item where id % 11 = 0; commit;
	create virtual table words using fts5(body);
	insert into words select replace(name, '-', ' ') from item limit 5000;
	select count(*) from words where words match 'item';
	select json_group_array(json_object('id', id, 'n', name)) from (select * from item where parent < 12 order by id);
	vacuum;
	pragma integrity_check;
	END
	sqlite3 -batch work.db <work.sql
	sqlite3 -batch work.db .dump >work.dump
	cksum work.dump
	sqlite3 -batch copy.db <work.dump
	sqlite3 -batch copy.db 'select count(*), sum(length(name)) from item'
}

compare
