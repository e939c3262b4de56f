/** What `npm ci --prefix bench/peers` installs: the house is checked without it. */
declare module '@dbos-inc/dbos-sdk';
declare module '@nestjs/platform-express';
declare module '@node-idempotency/core';
declare module '@node-idempotency/storage-adapter-redis';
declare module '@restatedev/restate-sdk';
declare module '@restatedev/restate-sdk-clients';
declare module 'axios';
