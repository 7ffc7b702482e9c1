import assert from 'node:assert/strict';
import { test } from 'node:test';
import decodeQR from 'qr/decode.js';
import { squaresOf } from './qr_code';

test('what a camera reads from the picture is the text that was put in', () => {
  const text = 'otpauth://totp/Haushaltsbuch:Ada?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Haushaltsbuch&digits=6&period=30';
  const { path, size } = squaresOf(text);
  const scale = 4; // pixels a square
  const data = new Uint8Array((size * scale) ** 2 * 4).fill(255);
  for (const [, x, y] of path.matchAll(/M(\d+) (\d+)h1/g)) {
    for (let i = 0; i < scale * scale; i++) {
      const at = ((Number(y) * scale + Math.floor(i / scale)) * size * scale + Number(x) * scale + (i % scale)) * 4;
      data.fill(0, at, at + 3);
    }
  }
  assert.equal(decodeQR({ width: size * scale, height: size * scale, data }), text);
});
