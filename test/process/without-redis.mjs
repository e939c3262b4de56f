import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';

/** Loaded before the program: on this machine there is neither redis-server nor valkey-server. */
const { access } = fs;
fs.access = (path, mode) => (/(redis|valkey)-server$/.test(String(path)) ? access('/nowhere/at/all') : access(path, mode));
syncBuiltinESMExports();
