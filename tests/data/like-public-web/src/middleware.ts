// A stand-in for the gate that sends everybody without a session to the login page.
import { NextResponse } from "next/server";
export function middleware(request: { url: string }) {
  return NextResponse.redirect(new URL("/login", request.url));
}
