import { randomUUID } from 'node:crypto';

export function newKey(): string {
  return `key-${randomUUID()}`;
}

export function newUser(): string {
  return `user_${randomUUID().slice(0, 13)}`;
}
