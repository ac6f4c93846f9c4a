from django.urls import path

from tests.simulators.wholescripts import (
    oauth,
    practitioners,
    products,
    recommend,
    recommendations,
)

urlpatterns = [
    path("api/EMR/authorize", oauth.authorize),
    path("api/EMR/Token", oauth.token),
    path("api/EMR/Logout", oauth.logout),
    path("api/EMR/BrandList", products.brands),
    path("api/EMR/CategoryList", products.categories),
    path("api/EMR/ProductList", products.product_list),
    path("api/EMR/Product/<str:sku>", products.product),
    path("api/EMR/ProductImage/<str:sku>", products.image),
    path("api/EMR/ProductDRS/<str:sku>", products.drs),
    path("api/EMR/PractitionerReferralCodes", practitioners.referral_codes),
    path("api/EMR/PractitionerPatients", practitioners.patients),
    path("api/EMR/PractitionerPatients/<str:email>", practitioners.patients),
    path("api/EMR/PrivateLabelProductList", practitioners.private_label_list),
    path("api/EMR/Recommendations", recommend.post),
    path("api/EMR/Recommendations/<str:email>", recommendations.by_email),
    path("api/EMR/Recommendation/<str:number>", recommendations.by_id),
    path("Recommendation/MyRecommendations/<int:number>", recommendations.page),
]
