-- A database in memory: rows, an index, a join, an update, text.
create table person (id integer primary key, name text, town text, age integer);
with recursive n(i) as (select 1 union all select i + 1 from n where i < 90000)
insert into person select i, 'name ' || (i * 7919 % 40009), 'town ' || (i * 31 % 997), i * 17 % 90 from n;
create index town on person (town, age);
create table sale (person integer, at integer, cents integer);
insert into sale select id, id * 13 % 5000, id * 37 % 10000 from person where id % 2 = 0;
select count(*), sum(cents) from sale join person on person.id = sale.person where age > 40;
select town, count(*), group_concat(substr(name, 6), ',') from person where age < 3 group by town order by 2 desc, 1 limit 5;
update person set name = upper(name) || ' of ' || town where age between 20 and 40;
select count(distinct name), sum(length(name)) from person;
delete from person where age > 60;
select p.town, max(s.cents) from person p, sale s where s.person = p.id group by p.town order by 2 desc, 1 limit 3;
