// A stand-in: it refuses to start without the variables that the public worker refuses to start without.
const REQUIRED_ENVIRONMENT: [&str; 5] = [
    "S3_BUCKET",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_REGION",
    "AWS_ENDPOINT_URL",
];

pub fn check_environment() -> Result<(), String> {
    let missing: Vec<_> = REQUIRED_ENVIRONMENT
        .iter()
        .filter(|name| std::env::var(name).map_or(true, |value| value.is_empty()))
        .collect();
    if missing.is_empty() { Ok(()) } else { Err(format!("not set: {missing:?}")) }
}

pub fn threads() -> Option<String> {
    std::env::var("POLARS_MAX_THREADS").ok()
}

#[cfg(test)]
mod tests {
    #[test]
    fn reads_the_variable_of_a_test() {
        std::env::var("ONLY_IN_TESTS").unwrap();
    }
}
