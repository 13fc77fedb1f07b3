// A stand-in: the page that answers without a session.
export default function Login() {
  return null;
}
