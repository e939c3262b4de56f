import type { DataSource } from 'typeorm';

/** The schema of a migrated database as SQL, in a fixed order: what a reviewer of a migration wants to see changed. */
export async function printSchema(source: DataSource): Promise<string> {
  const tables = await rows<{ name: string; columns: string; constraints: string | null }>(source, TABLES);
  const printed = tables.map(
    ({ name, columns, constraints }) => `create table ${name} (\n  ${[columns, constraints].filter(Boolean).join(',\n  ')}\n);`,
  );
  const others = await Promise.all([INDEXES, FUNCTIONS, TRIGGERS].map((sql) => rows<{ sql: string }>(source, sql)));
  return [...printed, ...others.flat().map(({ sql }) => `${sql.trim()};`)].join('\n\n') + '\n';
}

async function rows<Row>(source: DataSource, sql: string): Promise<Row[]> {
  return (await source.query(sql)) as Row[];
}

const OURS = "n.nspname = 'public' and c.relname <> 'migrations'";

const TABLES = `
select quote_ident(c.relname) as name,
  (select string_agg(quote_ident(a.attname) || ' ' || format_type(a.atttypid, a.atttypmod)
      || coalesce(case a.attgenerated when '' then ' default ' || pg_get_expr(d.adbin, d.adrelid)
        else ' generated always as (' || pg_get_expr(d.adbin, d.adrelid) || ') stored' end, '') || case when a.attnotnull then ' not null' else '' end, E',\\n  ' order by a.attnum)
    from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
    where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns,
  (select string_agg('constraint ' || quote_ident(k.conname) || ' ' || pg_get_constraintdef(k.oid), E',\\n  ' order by k.contype desc, k.conname)
    from pg_constraint k where k.conrelid = c.oid and k.contype <> 'n') as constraints
from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relkind = 'r' and ${OURS} order by c.relname`;

const INDEXES = `
select pg_get_indexdef(i.indexrelid) as sql
from pg_index i join pg_class c on c.oid = i.indrelid join pg_namespace n on n.oid = c.relnamespace
where ${OURS} and not exists (select from pg_constraint k where k.conindid = i.indexrelid) order by i.indexrelid::regclass::text`;

const FUNCTIONS = `
select pg_get_functiondef(p.oid) as sql from pg_proc p join pg_namespace n on n.oid = p.pronamespace
where n.nspname = 'public' order by p.proname`;

const TRIGGERS = `
select pg_get_triggerdef(t.oid) as sql
from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
where not t.tgisinternal and ${OURS} order by t.tgname`;
