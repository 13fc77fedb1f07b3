// A stand-in for the first page.
export default function Home() {
  return null;
}
