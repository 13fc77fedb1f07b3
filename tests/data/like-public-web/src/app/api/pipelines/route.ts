// A stand-in for a route that needs a session.
export async function GET() {
  return Response.json({ bucket: process.env.S3_BUCKET, region: process.env.AWS_REGION });
}
