from services.api.wire import router

routes = router("metrics")
