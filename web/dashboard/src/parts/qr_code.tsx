// A text as a QR code. Dark on light in every theme: cameras expect that.
import encodeQR from 'qr';

// Each dark square as a piece of one path; the quiet border of four squares is part of the picture.
export function squaresOf(text: string): { path: string; size: number } {
  const rows = encodeQR(text, 'raw', { border: 4, ecc: 'medium' });
  const path = rows.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : ''))).join('');
  return { path, size: rows.length };
}

export function QrCode({ text, label }: { text: string; label: string }) {
  const { path, size } = squaresOf(text);
  return (
    <svg class="qr" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={label} shape-rendering="crispEdges">
      <path d={`M0 0h${size}v${size}h-${size}z`} fill="#fff" /><path d={path} fill="#000" />
    </svg>
  );
}
