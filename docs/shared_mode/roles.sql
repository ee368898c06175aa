-- 共享仓库的目录数据库与两个角色。由 PostgreSQL 管理员在目录数据库里运行一次（可重复运行）：
--   createdb junheng
--   psql -d junheng -v ON_ERROR_STOP=1 -f roles.sql
--   psql -d junheng -c '\password junheng_writer' -c '\password junheng_reader'
-- 角色：junheng_writer 载入、撤回、回退、清理；junheng_reader 只能读。密码不写在任何文件里。

SELECT 'CREATE ROLE junheng_writer LOGIN' WHERE NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'junheng_writer')
\gexec
SELECT 'CREATE ROLE junheng_reader LOGIN' WHERE NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'junheng_reader')
\gexec
ALTER ROLE junheng_writer NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
ALTER ROLE junheng_reader NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
ALTER ROLE junheng_reader SET default_transaction_read_only = on;

-- 只有这两个角色能连接，只有写入角色能建表。
SELECT format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database())
\gexec
SELECT format('GRANT CONNECT ON DATABASE %I TO junheng_writer, junheng_reader', current_database())
\gexec
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA public TO junheng_writer;
GRANT USAGE ON SCHEMA public TO junheng_reader;

-- 目录表由写入角色在第一次发布时建立；读取角色自动可读，也可读此前已有的。
ALTER DEFAULT PRIVILEGES FOR ROLE junheng_writer IN SCHEMA public GRANT SELECT ON TABLES TO junheng_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO junheng_reader;

-- 大对象不归任何表：PostgreSQL 准许人人建立，default_transaction_read_only 也可由会话自己关掉。这个库不用大对象。
SELECT format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', oid::regprocedure)
FROM pg_proc
WHERE pronamespace = 'pg_catalog'::regnamespace
    AND proname IN ('lo_creat', 'lo_create', 'lo_from_bytea', 'lo_import', 'lo_export', 'lo_open', 'lo_put', 'lo_unlink')
\gexec
