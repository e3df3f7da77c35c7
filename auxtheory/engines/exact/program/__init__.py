"""The engine `exact` for any affine program."""
