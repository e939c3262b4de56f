import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { fromPublicId, newId, toPublicId } from '../../src/platform/ids.js';

test('later ids sort after earlier ones', () => {
  const ids = Array.from({ length: 2_000 }, newId);
  expect([...ids].sort()).toEqual(ids);
  expect(new Set(ids).size).toBe(ids.length);
});

test('a public id is a TypeID and names the stored id', () => {
  expect(toPublicId('op', '01890a5d-ac96-774b-bcce-b302099a8057')).toBe('op_01h455vb4pex5vsknk084sn02q');
  fc.assert(
    fc.property(fc.uuid(), (uuid) => fromPublicId('sub', toPublicId('sub', uuid)) === uuid),
    { seed: 1, numRuns: 500 },
  );
});

test.each([
  '',
  'op_',
  '01h455vb4pex5vsknk084sn02q',
  'sub_01h455vb4pex5vsknk084sn02q',
  'op_01H455VB4PEX5VSKNK084SN02Q',
  'op_81h455vb4pex5vsknk084sn02q',
  'op_01h455vb4pex5vsknk084sn02l',
  'op_01h455vb4pex5vsknk084sn02q ',
  'op_01h455vb4pex5vsknk084sn02é',
  "op_' or 1=1 --",
  '01890a5d-ac96-774b-bcce-b302099a8057',
])('%j names no operation', (text) => {
  expect(fromPublicId('op', text)).toBeNull();
});

test('no text makes reading an id throw', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => fromPublicId('op', `op_${text}`) !== undefined),
    { seed: 2, numRuns: 500 },
  );
});
