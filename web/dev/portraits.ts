// Made-up people for the fixtures: still pictures on a canvas, as media streams.
const ROOMS = [
  ['#c9b8a3', '#8f7a63'], ['#9fb3b8', '#56707a'], ['#b9c2a6', '#6f7d58'], ['#d7c4c0', '#93706c'],
  ['#b6b1c6', '#625c7d'], ['#d6c79c', '#8d7a45'], ['#a9bdd0', '#4c6783'], ['#cfcac2', '#7f776c'],
] as const;
const SKINS = ['#f1d0b5', '#d8a47f', '#a56b46', '#7b4a2d', '#e6b996', '#5c3620'] as const;
const CLOTHES = ['#35506b', '#7b3b3b', '#3f5a48', '#4a4458', '#a8763c', '#2f3437', '#8a5a78', '#e3ddd2'] as const;
const HAIR = ['#2b1d15', '#5b3a22', '#1a1a1d', '#8c6239', '#c8a165', '#777370'] as const;

const pick = <T>(list: readonly T[], index: number, fallback: T): T => list[index % list.length] ?? fallback;

function drawPerson(context: CanvasRenderingContext2D, index: number): void {
  const [light, dark] = pick<readonly [string, string]>(ROOMS, index * 3, ['#ccc', '#888']);
  const { width, height } = context.canvas;
  const wall = context.createLinearGradient(0, 0, width, height);
  wall.addColorStop(0, light);
  wall.addColorStop(1, dark);
  context.fillStyle = wall;
  context.fillRect(0, 0, width, height);
  context.fillStyle = 'rgb(255 255 255 / 22%)';
  context.fillRect(width * (0.08 + (index % 3) * 0.26), height * 0.1, width * 0.18, height * 0.34);
  const x = width * (0.5 + ((index % 5) - 2) * 0.02);
  context.fillStyle = pick(CLOTHES, index * 5, '#444');
  context.beginPath();
  context.ellipse(x, height * 1.08, width * 0.25, height * 0.42, 0, 0, 7);
  context.fill();
  context.fillStyle = pick(HAIR, index * 7, '#222');
  context.beginPath();
  context.ellipse(x, height * 0.4, height * 0.19, height * (index % 2 ? 0.23 : 0.27), 0, 0, 7);
  context.fill();
  context.fillStyle = pick(SKINS, index, '#d8a47f');
  context.fillRect(x - height * 0.065, height * 0.55, height * 0.13, height * 0.16);
  context.beginPath();
  context.ellipse(x, height * 0.46, height * 0.15, height * 0.19, 0, 0, 7);
  context.fill();
}

function drawDocument(context: CanvasRenderingContext2D): void {
  const { width, height } = context.canvas;
  context.fillStyle = '#f7f5f1';
  context.fillRect(0, 0, width, height);
  context.fillStyle = '#2b2723';
  context.font = '600 44px Inter Variable, sans-serif';
  context.fillText('Plan for the quarter', 72, 110);
  context.fillStyle = '#c9c2b8';
  for (let line = 0; line < 5; line += 1) context.fillRect(72, 160 + line * 34, 460 - (line % 3) * 60, 12);
  const bars = [0.4, 0.55, 0.5, 0.72, 0.8, 0.95];
  bars.forEach((value, index) => {
    context.fillStyle = index === 5 ? '#0e7a5f' : '#a9cfc1';
    context.fillRect(640 + index * 90, 520 - value * 340, 60, value * 340);
  });
}

function streamOf(draw: (context: CanvasRenderingContext2D) => void): MediaStream {
  const canvas = document.createElement('canvas');
  canvas.width = 1280;
  canvas.height = 720;
  const context = canvas.getContext('2d');
  if (context) {
    draw(context);
    setInterval(() => draw(context), 500);
  }
  return canvas.captureStream(5);
}

export const portrait = (index: number): MediaStream => streamOf((context) => drawPerson(context, index));
export const sharedDocument = (): MediaStream => streamOf(drawDocument);
